import { type RawHeader, TarError } from "./header.ts";
import { decodePax, type PaxRecords } from "./pax.ts";

export type EntryType = "file" | "hard link" | "symlink" | "directory" | "character device" | "block device" | "fifo";

/** One entry of a tar, its pax and GNU extensions applied. */
export interface TarEntry {
  readonly type: EntryType;
  /** As written: may be absolute or hold `..`. */
  readonly name: string;
  /** Target of a link, as written; else empty. */
  readonly linkname: string;
  /** Permission bits with setuid, setgid and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds, perhaps with a fraction. */
  readonly mtime: number;
  /** Bytes of data that follow the header. */
  readonly size: number;
}

const TYPES: Readonly<Record<string, EntryType>> = {
  "0": "file",
  "7": "file",
  "1": "hard link",
  "2": "symlink",
  "3": "character device",
  "4": "block device",
  "5": "directory",
  "6": "fifo",
};

/** Headers that describe the entry after them rather than one of their own. */
const EXTENSIONS = new Set(["x", "g", "L", "K"]);

/** An extension longer than this is hostile: names end at 4096 bytes. */
const EXTENSION_LIMIT = 1024 * 1024;

/** Turns the headers of a tar, in order, into entries. */
export class EntryAssembler {
  #global: PaxRecords = {};
  #local: PaxRecords = {};
  #longName: string | undefined;
  #longLink: string | undefined;

  /** Whether the header's data belongs to the next entry and must be given to {@link extend}. */
  static isExtension(header: RawHeader): boolean {
    if (!EXTENSIONS.has(header.flag)) return false;
    if (header.size > EXTENSION_LIMIT) throw new TarError("corrupt", `an extended header of ${header.size} bytes`);
    return true;
  }

  extend(header: RawHeader, data: Buffer): void {
    if (header.flag === "x") this.#local = decodePax(data);
    else if (header.flag === "g") this.#global = { ...this.#global, ...decodePax(data) };
    else if (header.flag === "L") this.#longName = untilNul(data);
    else this.#longLink = untilNul(data);
  }

  /** The entry of `header` with all that was said about it before; undefined for types that no image uses (skip their data). */
  finish(header: RawHeader): TarEntry | undefined {
    const pax = { ...this.#global, ...this.#local };
    const name = pax["path"] ?? this.#longName ?? header.name;
    const linkname = pax["linkpath"] ?? this.#longLink ?? header.linkname;
    this.#local = {};
    this.#longName = this.#longLink = undefined;
    if (header.flag === "S" || Object.keys(pax).some((key) => key.startsWith("GNU.sparse."))) {
      throw new TarError("unsupported", `'${name}' is a sparse file: not supported yet`);
    }
    // Before ustar, a directory was a file whose name ends with a slash.
    const type = TYPES[header.flag] === "file" && name.endsWith("/") ? "directory" : TYPES[header.flag];
    const size = numeric(pax["size"], header.size);
    if (size < 0) throw new TarError("corrupt", `'${name}' has a size of ${size} bytes`);
    if (type === undefined) return undefined;
    return {
      type,
      name,
      linkname,
      mode: header.mode,
      uid: numeric(pax["uid"], header.uid),
      gid: numeric(pax["gid"], header.gid),
      mtime: numeric(pax["mtime"], header.mtime),
      size: type === "file" ? size : 0,
    };
  }
}

function numeric(value: string | undefined, otherwise: number): number {
  if (value === undefined || value === "") return otherwise;
  const parsed = Number(value);
  if (!Number.isFinite(parsed)) throw new TarError("corrupt", `a pax header holds the number '${value}'`);
  return parsed;
}

function untilNul(data: Buffer): string {
  const end = data.indexOf(0);
  return data.toString("utf8", 0, end < 0 ? data.length : end);
}
