/** Sparse files: the data of the archive and where it stands in the file (GNU tar's manual, "Storing Sparse Files"). */
import { BLOCK, number, TarError } from "./header.ts";

export interface Sparse {
  /** Bytes of the file, holes included. */
  readonly size: number;
  /** Offset and length of each stretch of data, one after the other; undefined: they stand before the data itself (PAX 1.0). */
  readonly extents: readonly number[] | undefined;
}

/** More stretches than this are hostile: memory is taken for each. */
const EXTENT_LIMIT = 100_000;

/** Descriptors of 24 bytes each in a block that continues an old GNU header, and where it says whether another follows. */
const CONTINUED = { count: 21, more: 504 };
const FIRST = { at: 386, count: 4, more: 482, size: 483 };

/** The map of a header of type `S`; blocks that continue it stand between the header and the data. */
export class OldGnuMap {
  readonly #extents: number[] = [];
  readonly #size: number;
  /** Whether another block belongs to the header. */
  continues: boolean;

  constructor(buffer: Buffer, offset: number) {
    this.#read(buffer, offset + FIRST.at, FIRST.count);
    this.#size = number(buffer, offset + FIRST.size, 12);
    this.continues = buffer[offset + FIRST.more] !== 0;
  }

  extend(buffer: Buffer, offset: number): void {
    this.#read(buffer, offset, CONTINUED.count);
    this.continues = buffer[offset + CONTINUED.more] !== 0;
  }

  get sparse(): Sparse {
    return { size: this.#size, extents: this.#extents };
  }

  #read(buffer: Buffer, offset: number, count: number): void {
    for (let i = 0; i < count; i++) {
      const at = offset + 24 * i;
      if (buffer[at] === 0) return;
      this.#extents.push(number(buffer, at, 12), number(buffer, at + 12, 12));
    }
    assertFew(this.#extents.length / 2);
  }
}

/** What pax records say of a sparse file, versions 0.0, 0.1 and 1.0; undefined when it is none. Throws TarError. */
export function paxSparse(pax: Readonly<Record<string, string>>): Sparse | undefined {
  if (pax["GNU.sparse.major"] !== undefined && pax["GNU.sparse.major"] !== "0") {
    const version = `${pax["GNU.sparse.major"]}.${pax["GNU.sparse.minor"]}`;
    if (version !== "1.0") throw new TarError("unsupported", `sparse files of version ${version} are not supported`);
    return { size: integer(pax["GNU.sparse.realsize"]), extents: undefined };
  }
  const map = pax["GNU.sparse.map"];
  const size = pax["GNU.sparse.size"];
  if (map === undefined && size === undefined) return undefined;
  return { size: integer(size), extents: map === undefined || map === "" ? [] : map.split(",").map(integer) };
}

/** Takes the data of one sparse file in order and says where each piece belongs. */
export class SparseData {
  readonly #name: string;
  readonly #size: number;
  #extents: readonly number[] | undefined;
  /** The beginning of the data while it holds the map. */
  #head: Buffer = Buffer.alloc(0);
  #current = 0;
  /** Bytes of the current stretch that have come. */
  #done = 0;

  constructor(name: string, sparse: Sparse) {
    this.#name = name;
    this.#size = sparse.size;
    if (sparse.extents !== undefined) this.#use(sparse.extents);
  }

  /** Offsets in the file, and the data to write there. Throws TarError when data and map do not agree. */
  *place(chunk: Buffer): Generator<readonly [offset: number, data: Buffer]> {
    let rest = chunk;
    if (this.#extents === undefined) {
      this.#head = Buffer.concat([this.#head, chunk]);
      const map = leadingMap(this.#head);
      if (map === undefined) return;
      rest = this.#head.subarray(map.length);
      this.#head = Buffer.alloc(0);
      this.#use(map.extents);
    }
    const extents = this.#extents!;
    while (rest.length > 0) {
      this.#skipFull();
      if (this.#current >= extents.length) throw this.#corrupt("more data than its map names");
      const take = Math.min(rest.length, extents[this.#current + 1]! - this.#done);
      yield [extents[this.#current]! + this.#done, rest.subarray(0, take)];
      this.#done += take;
      rest = rest.subarray(take);
    }
  }

  /** Bytes of the whole file; call when its data has ended. Throws TarError when some is missing. */
  end(): number {
    this.#skipFull();
    if (this.#extents === undefined || this.#current < this.#extents.length)
      throw this.#corrupt("less data than its map names");
    return this.#size;
  }

  #skipFull(): void {
    const extents = this.#extents ?? [];
    while (this.#current < extents.length && this.#done === extents[this.#current + 1]) {
      this.#current += 2;
      this.#done = 0;
    }
  }

  #use(extents: readonly number[]): void {
    let end = 0;
    for (let i = 0; i < extents.length; i += 2) {
      const [offset, length] = [extents[i]!, extents[i + 1] ?? -1];
      if (offset < end || length < 0 || offset + length > this.#size) throw this.#corrupt("a map that does not fit it");
      end = offset + length;
    }
    if (!Number.isSafeInteger(this.#size) || this.#size < 0) throw this.#corrupt(`a size of ${this.#size} bytes`);
    this.#extents = extents;
  }

  #corrupt(what: string): TarError {
    return new TarError("corrupt", `the sparse file '${this.#name}' has ${what}`);
  }
}

/** PAX 1.0: lines with the number of stretches, then offset and length of each, filled up to a whole block; undefined: not all there. */
function leadingMap(head: Buffer): { readonly extents: number[]; readonly length: number } | undefined {
  let at = 0;
  const line = (): number | undefined => {
    const end = head.indexOf(0x0a, at);
    if (end < 0 && head.length - at > 20) throw new TarError("corrupt", "the map of a sparse file is malformed");
    if (end < 0) return undefined;
    const value = integer(head.toString("latin1", at, end));
    at = end + 1;
    return value;
  };
  const count = line();
  if (count === undefined) return undefined;
  assertFew(count);
  // Two lines each, of two bytes at least: not worth reading again before.
  if (head.length < at + 4 * count) return undefined;
  const extents: number[] = [];
  while (extents.length < 2 * count) {
    const value = line();
    if (value === undefined) return undefined;
    extents.push(value);
  }
  const length = Math.ceil(at / BLOCK) * BLOCK;
  return head.length < length ? undefined : { extents, length };
}

function integer(text: string | undefined): number {
  const value = /^\d{1,16}$/.test(text ?? "") ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw new TarError("corrupt", `the map of a sparse file holds '${text}'`);
  return value;
}

function assertFew(extents: number): void {
  if (extents > EXTENT_LIMIT) throw new TarError("corrupt", `a sparse file in ${extents} pieces`);
}
