import type { TarEntry } from "./entry.ts";
import { TarReader } from "./reader.ts";

/** Collects a few files of a tar that is given chunk by chunk. */
export class FilePicker {
  readonly #found = new Map<string, Buffer>();
  readonly #reader: TarReader;

  /** `nameOf`: the name to keep a file under; undefined for what is not wanted. Asked of regular files alone. */
  constructor(nameOf: (entry: TarEntry) => string | undefined) {
    this.#reader = new TarReader((entry) => {
      const name = entry.type === "file" && entry.sparse === undefined ? nameOf(entry) : undefined;
      if (name === undefined) return undefined;
      const chunks: Buffer[] = [];
      return {
        write: (chunk) => chunks.push(Buffer.from(chunk)),
        end: () => this.#found.set(name, Buffer.concat(chunks)),
      };
    });
  }

  /** Throws TarError. */
  write(chunk: Buffer): void {
    this.#reader.write(chunk);
  }

  /** The files, when the tar has ended. Throws TarError where it was cut short. */
  end(): ReadonlyMap<string, Buffer> {
    this.#reader.end();
    return this.#found;
  }
}
