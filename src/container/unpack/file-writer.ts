import { closeSync, constants, ftruncateSync, futimesSync, openSync, writeSync } from "node:fs";
import type { TarEntry } from "../tar/entry.ts";
import type { EntryBody } from "../tar/reader.ts";
import { SparseData } from "../tar/sparse.ts";
import type { Ownership } from "./ownership.ts";
import { fileTime } from "./times.ts";

/** Exclusive, so that what stands there is never written through: neither a link nor another name of the same file. */
const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** Writes regular files, one at a time. */
export class FileWriter {
  readonly #ownership: Ownership;
  #open: number | undefined;

  constructor(ownership: Ownership) {
    this.#ownership = ownership;
  }

  /** Makes the file at `path` (its folder exists); `clear` removes what stands there. */
  create(path: string, entry: TarEntry, clear: () => void): EntryBody {
    const fd = this.#create(path, this.#ownership.modeOf(entry), clear);
    this.#open = fd;
    const holes = entry.sparse === undefined ? undefined : new SparseData(entry.name, entry.sparse);
    return {
      write: (chunk) => {
        if (holes === undefined) writeAll(fd, chunk);
        else for (const [offset, data] of holes.place(chunk)) writeAll(fd, data, offset);
      },
      end: () => {
        if (holes !== undefined) ftruncateSync(fd, holes.end());
        this.#ownership.applyToFile(fd, entry);
        futimesSync(fd, fileTime(entry.mtime), fileTime(entry.mtime));
        this.close();
      },
    };
  }

  /** Closes the file that a failure has left open. */
  close(): void {
    if (this.#open !== undefined) closeSync(this.#open);
    this.#open = undefined;
  }

  #create(path: string, mode: number, clear: () => void): number {
    try {
      return openSync(path, CREATE, mode);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      clear();
      return openSync(path, CREATE, mode);
    }
  }
}

/** Writes the whole chunk, at `offset` or after what was written last. */
function writeAll(fd: number, chunk: Buffer, offset?: number): void {
  for (let at = 0; at < chunk.length; ) {
    at += writeSync(fd, chunk, at, chunk.length - at, offset === undefined ? null : offset + at);
  }
}
