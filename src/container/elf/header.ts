/** What the kernel reads of a program before it starts it: the header of an ELF file (elf(5)). */
import { closeSync, openSync, readSync } from "node:fs";

/** Processor of a program: OCI's name where there is one, else `machine N` with the number of elf(5). */
export type Machine = "amd64" | "arm64" | "386" | "arm" | `machine ${number}`;

export interface ElfHeader {
  readonly machine: Machine;
  /** The loader that the program asks for (PT_INTERP), as seen inside; missing: a static program, or a library. */
  readonly interpreter?: string;
}

/** Bytes of a file from an offset; fewer at its end. */
export type ReadAt = (offset: number, length: number) => Buffer;

/** e_machine of elf(5). */
const MACHINES = new Map<number, Machine>([
  [3, "386"],
  [40, "arm"],
  [62, "amd64"],
  [183, "arm64"],
]);

const MAGIC = Buffer.from("\x7fELF", "latin1");

/** Type of the program header that names the loader. */
const PT_INTERP = 3;

/** Linux's own limits: the table of program headers fits a page of 64 KiB, a path PATH_MAX. */
const LONGEST_TABLE = 65_536;
const LONGEST_PATH = 4096;

/** Reads the header through `read`; undefined when it is no ELF file, or a broken one. */
export function parseElfHeader(read: ReadAt): ElfHeader | undefined {
  const head = read(0, 64);
  const layout = layoutOf(head);
  if (layout === undefined) return undefined;
  const { wide, u16, u32, word } = layout;
  const number = u16(head, 18);
  const machine = MACHINES.get(number) ?? (`machine ${number}` as const);
  const [tableAt, size, count] = wide
    ? [word(head, 32), u16(head, 54), u16(head, 56)]
    : [word(head, 28), u16(head, 42), u16(head, 44)];
  const table = read(tableAt, Math.min(size * count, LONGEST_TABLE));
  const least = wide ? 56 : 32;
  for (let at = 0; size >= least && at + least <= table.length; at += size) {
    if (u32(table, at) !== PT_INTERP) continue;
    const [offset, length] = wide
      ? [word(table, at + 8), word(table, at + 32)]
      : [word(table, at + 4), word(table, at + 16)];
    const path = read(offset, Math.min(length, LONGEST_PATH)).toString("latin1").replace(/\0.*$/s, "");
    return path.startsWith("/") ? { machine, interpreter: path } : { machine };
  }
  return { machine };
}

/** The header of a file; undefined when it is no ELF file. Throws the file system's error when it cannot be read. */
export function readElfHeader(file: string): ElfHeader | undefined {
  const fd = openSync(file, "r");
  try {
    return parseElfHeader((offset, length) => {
      const bytes = Buffer.alloc(length);
      return bytes.subarray(0, readSync(fd, bytes, 0, length, offset));
    });
  } finally {
    closeSync(fd);
  }
}

/** How numbers of an ELF file are read; undefined when these are not its first bytes. */
export function layoutOf(head: Buffer) {
  if (head.length < 52 || !head.subarray(0, 4).equals(MAGIC)) return undefined;
  const wide = head[4] === 2;
  if (wide && head.length < 64) return undefined;
  const little = head[5] !== 2;
  const u16 = (bytes: Buffer, at: number): number => (little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const u32 = (bytes: Buffer, at: number): number => (little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  /** An offset or a size; what no file can reach is cut to a number that none does either. */
  const word = (bytes: Buffer, at: number): number => {
    if (!wide) return u32(bytes, at);
    const value = little ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at);
    return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);
  };
  return { wide, u16, u32, word };
}
