/** All buckets: a folder each. Making and deleting one is a rename, so that a crash leaves it whole or gone. */
import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Bucket, type BucketInfo } from "./bucket.ts";
import { compareUtf8 } from "./key-index.ts";

export class BucketStore {
  readonly #root: string;
  readonly #staging: string;
  readonly #buckets = new Map<string, Bucket>();

  /** @param dir S3's folder in the state folder. */
  constructor(dir: string) {
    this.#root = join(dir, "buckets");
    this.#staging = join(dir, "staging");
    rmSync(this.#staging, { recursive: true, force: true });
    for (const path of [this.#root, this.#staging]) mkdirSync(path, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(this.#root)) this.#buckets.set(name, new Bucket(join(this.#root, name)));
  }

  get(name: string): Bucket | undefined {
    return this.#buckets.get(name);
  }

  /** In the order of their names. */
  list(): Bucket[] {
    return [...this.#buckets.values()].sort((a, b) => compareUtf8(a.info.name, b.info.name));
  }

  /** @param info its name must be a valid bucket name that is not taken. */
  create(info: BucketInfo): void {
    const staged = join(this.#staging, randomUUID());
    Bucket.create(staged, info);
    renameSync(staged, join(this.#root, info.name));
    this.#buckets.set(info.name, new Bucket(join(this.#root, info.name)));
  }

  delete(name: string): void {
    const staged = join(this.#staging, randomUUID());
    renameSync(join(this.#root, name), staged);
    this.#buckets.get(name)?.close();
    this.#buckets.delete(name);
    // What cannot be removed now is removed at the next start.
    void rm(staged, { recursive: true, force: true }).catch(() => {});
  }

  close(): void {
    for (const bucket of this.#buckets.values()) bucket.close();
  }
}
