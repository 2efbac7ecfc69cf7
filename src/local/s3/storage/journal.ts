/**
 * An append-only file of JSON lines. A line that was written survives the server's death (it is in the kernel's hands); a line cut
 * short by it was never acknowledged and is dropped when the file is opened again.
 */
import { closeSync, ftruncateSync, openSync, readSync, renameSync, statSync, writeSync } from "node:fs";
import { damaged } from "../../state-file.ts";

const READ_BYTES = 1024 * 1024;

export class Journal<Entry> {
  readonly #path: string;
  #fd: number;
  #length: number;

  /**
   * Opens the file, made when missing, and hands every entry in it to `replay`, in order. Throws ScarError `StateFileDamaged` at a
   * whole line that is none of ours.
   */
  constructor(path: string, replay: (entry: Entry) => void) {
    this.#path = path;
    this.#fd = openSync(path, "a+", 0o600);
    this.#length = this.#read(replay);
    if (this.#length < statSync(path).size) ftruncateSync(this.#fd, this.#length);
  }

  /** Returns the length of the whole lines. */
  #read(replay: (entry: Entry) => void): number {
    const block = Buffer.allocUnsafe(READ_BYTES);
    let rest = Buffer.alloc(0);
    let position = 0;
    let whole = 0;
    let lines = 0;
    for (let count = readSync(this.#fd, block, 0, READ_BYTES, position); count > 0; ) {
      position += count;
      const text = Buffer.concat([rest, block.subarray(0, count)]);
      let start = 0;
      for (let end = text.indexOf(10); end >= 0; end = text.indexOf(10, start)) {
        replay(this.#parse(text.toString("utf8", start, end), ++lines));
        start = end + 1;
      }
      whole += start;
      rest = Buffer.from(text.subarray(start));
      count = readSync(this.#fd, block, 0, READ_BYTES, position);
    }
    return whole;
  }

  #parse(line: string, number: number): Entry {
    try {
      return JSON.parse(line) as Entry;
    } catch (error) {
      throw damaged(`${this.#path}:${number}`, error);
    }
  }

  /**
   * Appends one entry; it is written when this returns. Synchronous on purpose: a change of the index and its line are then one
   * step that no other request can come between, and a line costs microseconds.
   */
  append(entry: Entry): void {
    const line = Buffer.from(`${JSON.stringify(entry)}\n`);
    let written = 0;
    try {
      while (written < line.length) written += writeSync(this.#fd, line, written);
    } catch (error) {
      // Disk full: no half line may stay before the next one.
      if (written > 0) ftruncateSync(this.#fd, this.#length);
      throw error;
    }
    this.#length += line.length;
  }

  /** Replaces the file by these entries. */
  rewrite(entries: Iterable<Entry>): void {
    const staging = `${this.#path}.tmp`;
    const fd = openSync(staging, "w", 0o600);
    let length = 0;
    try {
      for (const entry of entries) {
        const line = Buffer.from(`${JSON.stringify(entry)}\n`);
        for (let written = 0; written < line.length; ) written += writeSync(fd, line, written);
        length += line.length;
      }
    } finally {
      closeSync(fd);
    }
    renameSync(staging, this.#path);
    closeSync(this.#fd);
    this.#fd = openSync(this.#path, "a+", 0o600);
    this.#length = length;
  }

  close(): void {
    closeSync(this.#fd);
  }
}
