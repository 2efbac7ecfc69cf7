/** One 512-byte tar header block: v7, ustar, GNU and pax flavours. */

export const BLOCK = 512;

/** What is wrong with a tar stream; the caller knows its name and turns this into a message for the user. */
export class TarError extends Error {
  readonly kind: "cut short" | "corrupt" | "unsupported";

  constructor(kind: TarError["kind"], message: string) {
    super(message);
    this.name = "TarError";
    this.kind = kind;
  }
}

/** A header as it stands in its block, before pax and GNU extensions are applied. */
export interface RawHeader {
  readonly name: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of data that follow. */
  readonly size: number;
  /** Seconds. */
  readonly mtime: number;
  /** Type flag: `0` file, `1` hard link, `2` symlink, `5` directory, `x` pax, `L` and `K` GNU long names… */
  readonly flag: string;
  readonly linkname: string;
}

/** Decodes the block at `offset`; undefined for a block of zeros (end of archive). Throws TarError when it is no header. */
export function decodeHeader(buffer: Buffer, offset = 0): RawHeader | undefined {
  const stored = octal(buffer, offset + 148, 8);
  const sum = checksum(buffer, offset);
  if (sum !== stored) {
    if (sum === CHECKSUM_OF_ZEROS) return undefined;
    throw new TarError("corrupt", "not a tar header");
  }
  const flag = buffer[offset + 156] === 0 ? "0" : String.fromCharCode(buffer[offset + 156]!);
  const name = text(buffer, offset, 100);
  const size = number(buffer, offset + 124, 12);
  if (size < 0) throw new TarError("corrupt", `'${name}' has a size of ${size} bytes`);
  const posix = buffer.toString("latin1", offset + 257, offset + 263) === "ustar\0";
  const prefix = posix ? text(buffer, offset + 345, 155) : "";
  return {
    name: prefix === "" ? name : `${prefix}/${name}`,
    mode: number(buffer, offset + 100, 8) & 0o7777,
    uid: number(buffer, offset + 108, 8),
    gid: number(buffer, offset + 116, 8),
    size,
    mtime: number(buffer, offset + 136, 12),
    flag,
    linkname: text(buffer, offset + 157, 100),
  };
}

/** Bytes of `size` rounded up to whole blocks. */
export function padded(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}

/** A block of zeros sums up to the eight blanks that stand for the checksum field itself. */
const CHECKSUM_OF_ZEROS = 8 * 0x20;

function checksum(buffer: Buffer, offset: number): number {
  let sum = CHECKSUM_OF_ZEROS;
  for (let i = offset; i < offset + 148; i++) sum += buffer[i]!;
  for (let i = offset + 156; i < offset + BLOCK; i++) sum += buffer[i]!;
  return sum;
}

function text(buffer: Buffer, start: number, length: number): string {
  let end = start;
  while (end < start + length && buffer[end] !== 0) end++;
  return buffer.toString("utf8", start, end);
}

/** Octal text, or GNU's base 256 (first bit set) for what octal cannot hold. */
export function number(buffer: Buffer, start: number, length: number): number {
  const first = buffer[start]!;
  if ((first & 0x80) === 0) return octal(buffer, start, length);
  let value = first === 0xff ? -1 : first & 0x7f;
  for (let i = start + 1; i < start + length; i++) value = value * 256 + buffer[i]!;
  if (!Number.isSafeInteger(value)) throw new TarError("corrupt", "a number of the tar header is out of range");
  return value;
}

function octal(buffer: Buffer, start: number, length: number): number {
  let value = 0;
  for (let i = start; i < start + length; i++) {
    const digit = buffer[i]! - 0x30;
    if (digit >= 0 && digit <= 7) value = value * 8 + digit;
    else if (value !== 0 || buffer[i] !== 0x20) break;
  }
  return value;
}
