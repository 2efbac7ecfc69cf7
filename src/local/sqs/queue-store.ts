/** Queues on disk: `NAME/queue.json`, and the messages beside it. */
import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readJsonFile, writePrivateFile } from "../state-file.ts";
import type { QueueRecord } from "./model.ts";
import { Queue } from "./queue.ts";

/** A queue that is being deleted: no name of a queue begins with a dot. */
const GRAVE = /^\./;

export class QueueStore {
  readonly #folder: string;
  readonly #queues = new Map<string, Queue>();

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(folder)) {
      const record = GRAVE.test(name) ? undefined : readJsonFile<QueueRecord>(join(folder, name, "queue.json"));
      if (record) this.#queues.set(name, new Queue(join(folder, name), record));
      else rmSync(join(folder, name), { recursive: true, force: true });
    }
  }

  get(name: string): Queue | undefined {
    return this.#queues.get(name);
  }

  /** By name. */
  all(): Queue[] {
    return [...this.#queues.values()].sort((a, b) => (a.record.name < b.record.name ? -1 : 1));
  }

  create(record: QueueRecord): void {
    mkdirSync(join(this.#folder, record.name), { recursive: true, mode: 0o700 });
    this.#write(record);
    this.#queues.set(record.name, new Queue(join(this.#folder, record.name), record));
  }

  change(queue: Queue, change: Partial<Pick<QueueRecord, "attributes" | "tags" | "modified">>): void {
    const record = { ...queue.record, ...change };
    this.#write(record);
    queue.record = record;
  }

  delete(name: string): void {
    this.#queues.get(name)?.close();
    this.#queues.delete(name);
    const grave = join(this.#folder, `.${name}.${randomUUID()}`);
    renameSync(join(this.#folder, name), grave);
    rmSync(grave, { recursive: true, force: true });
  }

  close(): void {
    for (const queue of this.#queues.values()) queue.close();
  }

  #write(record: QueueRecord): void {
    writePrivateFile(join(this.#folder, record.name, "queue.json"), JSON.stringify(record));
  }
}
