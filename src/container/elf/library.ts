/** What a shared library needs of the C library and which functions it takes over: read from its dynamic symbols (elf(5)). */
import { readFileSync } from "node:fs";
import { layoutOf, type Machine, parseElfHeader } from "./header.ts";

export interface LibraryFacts {
  readonly machine: Machine;
  /** The C library that it was linked with. */
  readonly libc: "glibc" | "musl";
  /** Newest symbol version of glibc that it needs: `[2, 34]`; `[0, 0]` for none. */
  readonly needsGlibc: readonly [number, number];
  /** Names of the functions that it defines. */
  readonly defines: ReadonlySet<string>;
}

/** Type of the section that holds dynamic symbols. */
const SHT_DYNSYM = 11;

/** Facts of the library in `bytes`; undefined when it is none. */
export function parseLibrary(bytes: Buffer): LibraryFacts | undefined {
  const read = (offset: number, length: number): Buffer => bytes.subarray(offset, offset + length);
  const header = parseElfHeader(read);
  const layout = layoutOf(bytes);
  if (header === undefined || layout === undefined) return undefined;
  const strings = dynamicSections(bytes, layout);
  if (strings === undefined) return undefined;
  const text = strings.names.toString("latin1");
  return {
    machine: header.machine,
    libc: /\0libc\.musl-[^\0]*\0/.test(text) ? "musl" : "glibc",
    needsGlibc: newestGlibc(text),
    defines: strings.defines,
  };
}

/** The same of a file. Throws the file system's error. */
export function readLibrary(file: string): LibraryFacts | undefined {
  return parseLibrary(readFileSync(file));
}

/** `GLIBC_2.34` among the names: the newest one. */
function newestGlibc(text: string): readonly [number, number] {
  let newest: readonly [number, number] = [0, 0];
  for (const [, major, minor] of text.matchAll(/\0GLIBC_(\d+)\.(\d+)/g)) {
    const version = [Number(major), Number(minor)] as const;
    if (version[0] > newest[0] || (version[0] === newest[0] && version[1] > newest[1])) newest = version;
  }
  return newest;
}

function dynamicSections(
  bytes: Buffer,
  { wide, u16, u32, word }: NonNullable<ReturnType<typeof layoutOf>>,
): { readonly names: Buffer; readonly defines: ReadonlySet<string> } | undefined {
  const [start, size, count] = wide
    ? [word(bytes, 40), u16(bytes, 58), u16(bytes, 60)]
    : [word(bytes, 32), u16(bytes, 46), u16(bytes, 48)];
  const section = (index: number): { at: number; type: number } | undefined => {
    const at = start + index * size;
    return at + (wide ? 64 : 40) <= bytes.length ? { at, type: u32(bytes, at + 4) } : undefined;
  };
  const content = (at: number): Buffer => {
    const [offset, length] = wide
      ? [word(bytes, at + 24), word(bytes, at + 32)]
      : [word(bytes, at + 16), word(bytes, at + 20)];
    return bytes.subarray(offset, offset + length);
  };
  for (let index = 0; index < count; index++) {
    const symbols = section(index);
    if (symbols?.type !== SHT_DYNSYM) continue;
    const linked = section(u32(bytes, symbols.at + (wide ? 40 : 24)));
    if (linked === undefined) return undefined;
    const names = content(linked.at);
    return { names, defines: defined(content(symbols.at), names, { wide, u16, u32 }) };
  }
  return undefined;
}

/** Names of the symbols that stand in a section of the library itself. */
function defined(
  symbols: Buffer,
  names: Buffer,
  { wide, u16, u32 }: Pick<NonNullable<ReturnType<typeof layoutOf>>, "wide" | "u16" | "u32">,
): ReadonlySet<string> {
  const size = wide ? 24 : 16;
  const found = new Set<string>();
  for (let at = 0; at + size <= symbols.length; at += size) {
    if (u16(symbols, at + (wide ? 6 : 14)) === 0) continue;
    const start = u32(symbols, at);
    const end = names.indexOf(0, start);
    if (end > start) found.add(names.toString("latin1", start, end));
  }
  return found;
}
