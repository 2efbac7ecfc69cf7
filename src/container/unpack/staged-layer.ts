import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import type { TarEntry } from "../tar/entry.ts";
import type { EntryBody } from "../tar/reader.ts";
import type { FileWriter } from "./file-writer.ts";
import type { LayerApplier } from "./layer.ts";
import { parseName, whiteoutOf } from "./names.ts";

/** Entries that are applied before others get their turn. */
const BATCH = 500;

/** An entry that waits; for files, where its content is. */
interface Waiting {
  readonly entry: TarEntry;
  readonly staged: string | undefined;
}

/**
 * A layer that is read before those below it have been applied: its files are written into the staging folder, its entries wait in
 * memory (about 300 bytes each). {@link catchUp} applies them in order, files by one rename each; what is read from then on is applied at once.
 */
export class StagedLayer {
  readonly #applier: LayerApplier;
  readonly #files: FileWriter;
  readonly #staging: StagingFolder;
  #waiting: Waiting[] = [];
  #isDirect = false;
  #applied = 0;
  #current = "";
  #failedAt: string | undefined;

  constructor(applier: LayerApplier, files: FileWriter, staging: StagingFolder) {
    this.#applier = applier;
    this.#files = files;
    this.#staging = staging;
  }

  /** Name of the entry to blame for a failure. */
  get current(): string {
    return this.#failedAt ?? this.#current;
  }

  /** Throws as {@link LayerApplier.apply} does. */
  take(entry: TarEntry): EntryBody | undefined {
    this.#current = entry.name;
    if (this.#isDirect) return this.#applier.apply(entry);
    if (!isFile(entry)) {
      this.#waiting.push({ entry, staged: undefined });
      return undefined;
    }
    const staged = this.#staging.next();
    this.#waiting.push({ entry, staged });
    // It may be renamed while it is being written: what is written goes by its descriptor.
    return this.#files.create(staged, entry, () => {});
  }

  /** Call when all layers below are applied. Throws as {@link LayerApplier.apply} does, and the reason of `signal` when it is aborted. */
  async catchUp(signal: AbortSignal): Promise<void> {
    while (this.#applied < this.#waiting.length) {
      const { entry, staged } = this.#waiting[this.#applied++]!;
      try {
        this.#applier.apply(entry, staged);
      } catch (error) {
        this.#failedAt = entry.name;
        throw error;
      }
      if (this.#applied % BATCH !== 0) continue;
      await turn();
      signal.throwIfAborted();
    }
    this.#waiting = [];
    this.#isDirect = true;
  }
}

/** Whether the entry becomes a file: whiteouts are stored as files too. */
function isFile(entry: TarEntry): boolean {
  if (entry.type !== "file") return false;
  const { base } = parseName(entry.name);
  return base !== "" && whiteoutOf(base) === undefined;
}

/** Where layers put what cannot be applied yet: one flat folder, on the root's file system. */
export class StagingFolder {
  readonly #path: string;
  #count = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Path for a new file; the folder is made with the first. */
  next(): string {
    if (this.#count === 0) mkdirSync(this.#path, { mode: 0o700 });
    return join(this.#path, String(this.#count++));
  }
}
