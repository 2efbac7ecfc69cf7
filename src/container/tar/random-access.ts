import type { FileHandle } from "node:fs/promises";
import { posix } from "node:path";
import { Readable } from "node:stream";
import { EntryAssembler, type EntryType } from "./entry.ts";
import { BLOCK, decodeHeader, padded, TarError } from "./header.ts";

/** Where one entry's data stands in the archive. */
export interface Extent {
  readonly type: EntryType;
  readonly linkname: string;
  readonly offset: number;
  readonly size: number;
}

/** Links of links inside one archive; more is a loop. */
const LINK_LIMIT = 16;

/** Bytes of one read. */
const CHUNK = 1024 * 1024;

/** A plain tar file read by name: only its headers are read, once; the data stays where it is. */
export class TarFile {
  readonly #file: FileHandle;
  readonly #extents: ReadonlyMap<string, Extent>;
  /** Undefined when the archive is whole, else what is missing at its end. */
  readonly cutShort: string | undefined;

  private constructor(file: FileHandle, extents: ReadonlyMap<string, Extent>, cutShort: string | undefined) {
    this.#file = file;
    this.#extents = extents;
    this.cutShort = cutShort;
  }

  /** Reads the headers of the tar in `file`. Throws TarError `corrupt` when it is none. */
  static async open(file: FileHandle): Promise<TarFile> {
    const extents = new Map<string, Extent>();
    const { size: end } = await file.stat();
    const assembler = new EntryAssembler();
    const block = Buffer.alloc(BLOCK);
    let at = 0;
    while (at + BLOCK <= end) {
      await file.read(block, 0, BLOCK, at);
      const header = decodeHeader(block);
      if (header === undefined) return new TarFile(file, extents, undefined);
      const data = at + BLOCK;
      if (EntryAssembler.isExtension(header)) {
        if (data + header.size > end) return new TarFile(file, extents, "it ends inside a header");
        const extension = Buffer.alloc(header.size);
        await file.read(extension, 0, header.size, data);
        assembler.extend(header, extension);
        at = data + padded(header.size);
        continue;
      }
      const entry = assembler.finish(header);
      if (header.flag === "S" || entry?.sparse !== undefined) {
        throw new TarError(
          "unsupported",
          `'${entry?.name}' is stored as a sparse file; make it again without tar's -S`,
        );
      }
      const size = entry?.size ?? header.size;
      if (data + size > end) {
        const name = entry?.name ?? header.name;
        return new TarFile(file, extents, `${data + size - end} bytes of '${name}' are missing`);
      }
      if (entry !== undefined) {
        const { type, linkname } = entry;
        extents.set(normal(entry.name), { type, linkname, offset: data, size });
      }
      at = data + padded(size);
    }
    // Archives without the two closing blocks are common enough to be read; their reader misses what is missing.
    return new TarFile(file, extents, at === end && extents.size > 0 ? undefined : "its end is missing");
  }

  /** The file of that name, links inside the archive followed; undefined when there is none. */
  find(name: string): Extent | undefined {
    let path = normal(name);
    for (let links = 0; links < LINK_LIMIT; links++) {
      const extent = this.#extents.get(path);
      if (extent === undefined || extent.type === "file") return extent;
      if (extent.type === "symlink") path = normal(posix.join(posix.dirname(path), extent.linkname));
      else if (extent.type === "hard link") path = normal(extent.linkname);
      else return undefined;
    }
    return undefined;
  }

  async read(extent: Extent): Promise<Buffer> {
    const buffer = Buffer.alloc(extent.size);
    const { bytesRead } = await this.#file.read(buffer, 0, extent.size, extent.offset);
    if (bytesRead < extent.size) throw new TarError("cut short", `${extent.size - bytesRead} bytes are missing`);
    return buffer;
  }

  /** Several may be read at the same time. */
  stream(extent: Extent): NodeJS.ReadableStream {
    // Streams of the handle's own leave a listener on it each.
    return Readable.from(this.#chunks(extent), { objectMode: false });
  }

  async *#chunks({ offset, size }: Extent): AsyncGenerator<Buffer> {
    for (let at = 0; at < size; ) {
      const length = Math.min(CHUNK, size - at);
      const { bytesRead, buffer } = await this.#file.read(Buffer.allocUnsafe(length), 0, length, offset + at);
      // The file has become shorter: the layer's reader misses the rest.
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
      at += bytesRead;
    }
  }
}

function normal(name: string): string {
  return posix.normalize(`/${name}`).slice(1).replace(/\/$/, "");
}
