/** Log groups on disk: `GROUP/group.json` and `GROUP/streams/STREAM.jsonl`, names percent-encoded. */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { mkdir, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { removeTree } from "../../container/remove-tree.ts";
import type { LogEvent } from "../service.ts";
import { readJsonFile, writePrivateFile } from "../state-file.ts";
import { StreamFile } from "./stream-file.ts";

export interface GroupRecord {
  readonly name: string;
  /** ms since the epoch. */
  readonly created: number;
  readonly retentionInDays?: number;
  readonly tags: Readonly<Record<string, string>>;
}

const DAY = 24 * 3_600_000;
const SUFFIX = ".jsonl";

export class GroupStore {
  readonly #folder: string;
  readonly #groups = new Map<string, Group>();

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const entry of readdirSync(folder)) {
      // Deleted, and a crash kept it from being removed.
      if (entry.startsWith(".")) continue;
      const record = readJsonFile<GroupRecord>(join(folder, entry, "group.json"));
      if (record) this.#groups.set(record.name, new Group(join(folder, entry), record));
    }
  }

  get(name: string): Group | undefined {
    return this.#groups.get(name);
  }

  /** By name. */
  all(): Group[] {
    return [...this.#groups.values()].sort((a, b) => compareText(a.record.name, b.record.name));
  }

  create(name: string, tags: Readonly<Record<string, string>>): Group {
    const folder = join(this.#folder, fileName(name));
    mkdirSync(join(folder, "streams"), { recursive: true, mode: 0o700 });
    const group = new Group(folder, { name, created: Date.now(), tags });
    group.save(group.record);
    this.#groups.set(name, group);
    return group;
  }

  async delete(group: Group): Promise<void> {
    const grave = join(this.#folder, `.${Date.now()}-${Math.random().toString(36).slice(2)}.deleted`);
    // In one step: a group of the same name may be made as soon as this one is gone.
    renameSync(group.folder, grave);
    this.#groups.delete(group.record.name);
    await removeTree(grave);
  }

  /** Empties the streams whose events are all older than their groups keep them; those of files that are old enough to be. */
  async expire(): Promise<void> {
    for (const group of [...this.#groups.values()]) {
      // A group may be deleted meanwhile.
      if (await group.hasOldFiles().catch(() => false)) await group.expire().catch(() => {});
    }
  }

  /** Removes what a crash left of deleted groups. */
  async sweep(): Promise<void> {
    for (const entry of readdirSync(this.#folder)) {
      if (entry.startsWith(".")) await removeTree(join(this.#folder, entry));
    }
  }
}

export class Group {
  readonly folder: string;
  #record: GroupRecord;
  #streams: Map<string, StreamFile> | undefined;
  readonly #creating = new Map<string, Promise<StreamFile>>();

  constructor(folder: string, record: GroupRecord) {
    this.folder = folder;
    this.#record = record;
  }

  get record(): GroupRecord {
    return this.#record;
  }

  save(record: GroupRecord): void {
    writePrivateFile(join(this.folder, "group.json"), JSON.stringify(record));
    this.#record = record;
  }

  /** The oldest time that is kept, ms since the epoch; readers are shown nothing older. */
  get horizon(): number {
    const { retentionInDays } = this.#record;
    return retentionInDays === undefined ? 0 : Date.now() - retentionInDays * DAY;
  }

  /** Whether a stream's file was not written to for so long that nothing in it is to be kept. Opens none. */
  async hasOldFiles(): Promise<boolean> {
    const { horizon } = this;
    if (horizon === 0) return false;
    const folder = join(this.folder, "streams");
    for (const entry of await readdir(folder)) {
      if ((await stat(join(folder, entry))).mtimeMs < horizon) return true;
    }
    return false;
  }

  /** Empties the streams whose events are all older than that. The streams stay, as on AWS. */
  async expire(): Promise<void> {
    const { horizon } = this;
    if (horizon > 0) for (const stream of this.streams()) await stream.expire(horizon);
  }

  /** By name. */
  streams(): StreamFile[] {
    return [...this.#loaded().values()].sort((a, b) => compareText(a.name, b.name));
  }

  stream(name: string): StreamFile | undefined {
    return this.#loaded().get(name);
  }

  async createStream(name: string): Promise<StreamFile> {
    let creating = this.#creating.get(name);
    if (!creating) {
      creating = this.#create(name).finally(() => this.#creating.delete(name));
      this.#creating.set(name, creating);
    }
    return creating;
  }

  deleteStream(name: string): void {
    // In one step: a stream of the same name may be made as soon as this one is gone.
    rmSync(this.#path(name), { force: true });
    rmSync(`${this.#path(name)}.unsorted`, { force: true });
    this.#loaded().delete(name);
  }

  /** The stream is made when missing. */
  async append(name: string, events: readonly LogEvent[]): Promise<void> {
    const stream = this.stream(name) ?? (await this.createStream(name));
    await stream.append(events);
  }

  async #create(name: string): Promise<StreamFile> {
    await mkdir(join(this.folder, "streams"), { recursive: true, mode: 0o700 });
    const stream = await StreamFile.create(this.#path(name), name);
    this.#loaded().set(name, stream);
    return stream;
  }

  #loaded(): Map<string, StreamFile> {
    if (!this.#streams) {
      this.#streams = new Map();
      const folder = join(this.folder, "streams");
      for (const entry of readdirSync(folder)) {
        const stream = entry.endsWith(SUFFIX) ? StreamFile.open(join(folder, entry)) : undefined;
        if (stream) this.#streams.set(stream.name, stream);
      }
    }
    return this.#streams;
  }

  #path(stream: string): string {
    return join(this.folder, "streams", fileName(stream) + SUFFIX);
  }
}

/** A name as a file name; long ones by their hash. */
function fileName(name: string): string {
  const encoded = encodeURIComponent(name).replaceAll(".", "%2E");
  return encoded.length <= 200 ? encoded : `~${createHash("sha256").update(name).digest("hex")}`;
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
