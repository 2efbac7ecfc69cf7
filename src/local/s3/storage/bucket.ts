/**
 * One bucket on disk: `bucket.json` (what it is), `journal.ndjson` (every change of its objects and uploads), `data/` (their bytes
 * under random names, so any key is possible). A line in the journal makes a change real; bytes that no line names are garbage.
 */
import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { unlink } from "node:fs/promises";
import { join } from "node:path";
import { damaged, readJsonFile, writePrivateFile } from "../../state-file.ts";
import { noSuchBucket } from "../errors.ts";
import type { NotificationConfiguration } from "../notification/model.ts";
import { Journal } from "./journal.ts";
import { KeyIndex } from "./key-index.ts";
import type { JournalEntry, Part, StoredObject, StoredPart, StoredUpload, Tag } from "./records.ts";

/** What can be set on a bucket. */
export interface BucketConfiguration {
  readonly notification?: NotificationConfiguration;
  readonly tags?: readonly Tag[];
  /** Names of the restrictions that hold; null when the configuration was deleted. Default: all, as for AWS's new buckets. */
  readonly publicAccessBlock?: readonly string[] | null;
  /** Null when the controls were deleted. Default: BucketOwnerEnforced. */
  readonly objectOwnership?: string | null;
}

export interface BucketInfo extends BucketConfiguration {
  readonly name: string;
  readonly region: string;
  /** Milliseconds since the epoch. */
  readonly created: number;
}

export interface Upload extends StoredUpload {
  readonly id: string;
  readonly parts: Map<number, StoredPart>;
}

/** Compact when this many lines are dead and they are most of the file. */
const DEAD_LINES = 1000;

export class Bucket {
  readonly #dir: string;
  readonly #journal: Journal<JournalEntry>;
  readonly #pins = new Map<string, number>();
  readonly #doomed = new Set<string>();
  readonly objects = new KeyIndex<StoredObject>();
  readonly uploads = new Map<string, Upload>();
  #info: BucketInfo;
  #closed = false;
  /** Of the journal. */
  #lines = 0;
  #compactAt = 0;

  /** Makes the files of a new bucket. */
  static create(dir: string, info: BucketInfo): void {
    mkdirSync(join(dir, "data"), { recursive: true, mode: 0o700 });
    writePrivateFile(join(dir, "bucket.json"), JSON.stringify(info));
  }

  /** Loads a bucket and clears away what a crash left. */
  constructor(dir: string) {
    this.#dir = dir;
    const info = readJsonFile<BucketInfo>(join(dir, "bucket.json"));
    if (!info) throw damaged(join(dir, "bucket.json"), undefined);
    this.#info = info;
    this.#journal = new Journal(join(dir, "journal.ndjson"), (entry: JournalEntry) => {
      this.#lines++;
      this.#apply(entry);
    });
    this.#compact();
    this.#removeGarbage();
  }

  get info(): BucketInfo {
    return this.#info;
  }

  /** Sets what is named, and keeps the rest. */
  configure(change: BucketConfiguration): void {
    this.requireOpen();
    const info = { ...this.#info, ...change };
    writePrivateFile(join(this.#dir, "bucket.json"), JSON.stringify(info));
    this.#info = info;
  }

  /** A path for new bytes, named by nothing yet. */
  newFile(): { readonly file: string; readonly path: string } {
    const file = randomUUID();
    return { file, path: this.pathOf(file) };
  }

  pathOf(file: string): string {
    return join(this.#dir, "data", file);
  }

  /** Makes a change real and drops the bytes that it leaves without a name. Throws `NoSuchBucket` when it was deleted. */
  commit(entry: JournalEntry): void {
    this.requireOpen();
    this.#journal.append(entry);
    for (const { file } of this.#apply(entry)) {
      if (this.#pins.has(file)) this.#doomed.add(file);
      else this.#remove(file);
    }
    if (++this.#lines >= this.#compactAt) this.#compact();
  }

  /** Rewrites a journal that is mostly dead, and says when to look again: each line is so rewritten once, on average. */
  #compact(): void {
    const live = this.objects.size + [...this.uploads.values()].reduce((sum, u) => sum + 1 + u.parts.size, 0);
    const mostlyDead = (lines: number): boolean => lines - live > DEAD_LINES && lines > 2 * live;
    if (mostlyDead(this.#lines)) {
      try {
        this.#journal.rewrite(this.#liveEntries());
        this.#lines = live;
      } catch {
        // No room for a second journal: the first goes on, and nothing of it is lost.
      }
    }
    this.#compactAt = Math.max(this.#lines, live) + Math.max(live, DEAD_LINES) + 1;
  }

  /** Drops bytes that no line came to name. */
  discard(parts: readonly Part[]): void {
    for (const { file } of parts) this.#remove(file);
  }

  /** Keeps the bytes of these parts, whatever happens to the object, until the function returned is called. */
  pin(parts: readonly Part[]): () => void {
    for (const { file } of parts) this.#pins.set(file, (this.#pins.get(file) ?? 0) + 1);
    let pinned = true;
    return () => {
      if (!pinned) return;
      pinned = false;
      for (const { file } of parts) {
        const left = this.#pins.get(file)! - 1;
        if (left > 0) this.#pins.set(file, left);
        else this.#pins.delete(file);
        if (left === 0 && this.#doomed.delete(file)) this.#remove(file);
      }
    };
  }

  /** A leftover is cleared at the next start. */
  #remove(file: string): void {
    void unlink(this.pathOf(file)).catch(() => {});
  }

  /** A request that began before the bucket was deleted may still hold it. */
  requireOpen(): void {
    if (this.#closed) throw noSuchBucket(this.#info.name);
  }

  close(): void {
    this.#closed = true;
    this.#journal.close();
  }

  #apply(entry: JournalEntry): readonly Part[] {
    switch (entry.op) {
      case "put": {
        const old = this.objects.get(entry.key);
        this.objects.set(entry.key, entry.object);
        return old?.parts ?? [];
      }
      case "delete": {
        const old = this.objects.get(entry.key);
        this.objects.delete(entry.key);
        return old?.parts ?? [];
      }
      case "tag": {
        const object = this.objects.get(entry.key);
        if (object) this.objects.set(entry.key, { ...object, tags: entry.tags });
        return [];
      }
      case "upload":
        this.uploads.set(entry.id, { ...entry.upload, id: entry.id, parts: new Map() });
        return [];
      case "part": {
        const parts = this.uploads.get(entry.id)?.parts;
        const old = parts?.get(entry.number);
        parts?.set(entry.number, entry.part);
        return old ? [old] : [];
      }
      case "complete": {
        const old = this.objects.get(entry.key);
        const kept = new Set(entry.object.parts.map((part) => part.file));
        const unused = [...(this.uploads.get(entry.id)?.parts.values() ?? [])].filter((part) => !kept.has(part.file));
        this.uploads.delete(entry.id);
        this.objects.set(entry.key, entry.object);
        return [...unused, ...(old?.parts ?? [])];
      }
      case "abort": {
        const upload = this.uploads.get(entry.id);
        this.uploads.delete(entry.id);
        return [...(upload?.parts.values() ?? [])];
      }
    }
  }

  *#liveEntries(): Generator<JournalEntry> {
    for (const [key, object] of this.objects.entries()) yield { op: "put", key, object };
    for (const { id, parts, ...upload } of this.uploads.values()) {
      yield { op: "upload", id, upload };
      for (const [number, part] of parts) yield { op: "part", id, number, part };
    }
  }

  #removeGarbage(): void {
    const named = new Set<string>();
    for (const [, object] of this.objects.entries()) for (const part of object.parts) named.add(part.file);
    for (const upload of this.uploads.values()) for (const part of upload.parts.values()) named.add(part.file);
    for (const file of readdirSync(join(this.#dir, "data")))
      if (!named.has(file)) rmSync(this.pathOf(file), { force: true });
  }
}
