import { EntryAssembler, type TarEntry } from "./entry.ts";
import { BLOCK, decodeHeader, padded, type RawHeader, TarError } from "./header.ts";
import { OldGnuMap } from "./sparse.ts";

/** Takes the data of one file, in order. */
export interface EntryBody {
  write(chunk: Buffer): void;
  end(): void;
}

/** Called at each entry; returns who takes its data, or undefined to skip it. */
export type OnEntry = (entry: TarEntry) => EntryBody | undefined;

/**
 * Reads a tar stream given chunk by chunk. Everything is synchronous: an image has tens of thousands of small files, and a turn of
 * the event loop for each (as stream-based readers take) costs more than making the file does. Memory: one chunk.
 */
export class TarReader {
  readonly #onEntry: OnEntry;
  readonly #assembler = new EntryAssembler();
  /** The part of a header that came at the end of a chunk. */
  #partial: Buffer | undefined;
  #extension: { readonly header: RawHeader; readonly chunks: Buffer[] } | undefined;
  /** A sparse file's header that goes on in the next block. */
  #sparse: { readonly header: RawHeader; readonly map: OldGnuMap } | undefined;
  #body: EntryBody | undefined;
  #name = "";
  /** Bytes of the current entry's data still to come, and of its padding. */
  #data = 0;
  #padding = 0;
  #ended = false;

  constructor(onEntry: OnEntry) {
    this.#onEntry = onEntry;
  }

  /** Throws TarError, and whatever the entry's taker throws. */
  write(chunk: Buffer): void {
    let rest = chunk;
    if (this.#partial !== undefined) {
      rest = Buffer.concat([this.#partial, chunk]);
      this.#partial = undefined;
    }
    let at = 0;
    while (at < rest.length && !this.#ended) {
      if (this.#data > 0) {
        const take = Math.min(this.#data, rest.length - at);
        this.#take(rest.subarray(at, at + take));
        at += take;
        this.#data -= take;
        if (this.#data === 0) this.#finish();
      } else if (this.#padding > 0) {
        const take = Math.min(this.#padding, rest.length - at);
        at += take;
        this.#padding -= take;
      } else if (rest.length - at < BLOCK) {
        this.#partial = Buffer.from(rest.subarray(at));
        return;
      } else {
        this.#header(rest, at);
        at += BLOCK;
      }
    }
  }

  /** Call when the stream has ended. Throws TarError `cut short` when it ended inside an entry. */
  end(): void {
    if (this.#data > 0) throw new TarError("cut short", `${this.#data} bytes of '${this.#name}' are missing`);
    if (this.#extension !== undefined || this.#partial !== undefined || this.#sparse !== undefined) {
      throw new TarError("cut short", `it ends inside a header after '${this.#name}'`);
    }
  }

  #header(buffer: Buffer, at: number): void {
    if (this.#sparse !== undefined) {
      const { header, map } = this.#sparse;
      map.extend(buffer, at);
      if (!map.continues) this.#entry(header, map);
      return;
    }
    const header = decodeHeader(buffer, at);
    if (header === undefined) {
      this.#ended = true;
      return;
    }
    if (EntryAssembler.isExtension(header)) {
      this.#extension = { header, chunks: [] };
      this.#expect(header.name, header.size);
      return;
    }
    const map = header.flag === "S" ? new OldGnuMap(buffer, at) : undefined;
    if (map?.continues) {
      this.#sparse = { header, map };
      this.#name = header.name;
    } else this.#entry(header, map);
  }

  #entry(header: RawHeader, map: OldGnuMap | undefined): void {
    this.#sparse = undefined;
    const entry = this.#assembler.finish(header, map?.sparse);
    if (entry !== undefined) this.#body = this.#onEntry(entry);
    this.#expect(entry?.name ?? header.name, entry?.size ?? header.size);
  }

  #expect(name: string, size: number): void {
    this.#name = name;
    this.#data = size;
    this.#padding = padded(size) - size;
    if (size === 0) this.#finish();
  }

  #take(data: Buffer): void {
    if (this.#extension !== undefined) this.#extension.chunks.push(Buffer.from(data));
    else this.#body?.write(data);
  }

  #finish(): void {
    if (this.#extension !== undefined) {
      this.#assembler.extend(this.#extension.header, Buffer.concat(this.#extension.chunks));
      this.#extension = undefined;
    }
    this.#body?.end();
    this.#body = undefined;
  }
}
