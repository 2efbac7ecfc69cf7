import { type RawHeader, TarError } from "./header.ts";
import { decodePax, type PaxRecords } from "./pax.ts";
import { paxSparse, type Sparse } from "./sparse.ts";

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
  /** For files with holes: how the data becomes the file. */
  readonly sparse?: Sparse;
}

const TYPES: Readonly<Record<string, EntryType>> = {
  "0": "file",
  "7": "file",
  S: "file",
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

/** No file system holds larger files (2^63 bytes), and numbers stay exact below. */
const SIZE_LIMIT = 2 ** 52;

/** Seconds; beyond it (the year 36812) nothing keeps a time. */
const TIME_LIMIT = 2 ** 40;

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

  /**
   * The entry of `header` with all that was said about it before; undefined for types that no image uses (skip their data). `map`:
   * what a header of type `S` says. Extended attributes are left out: what they grant (`security.*`, ACLs) is not an ordinary
   * owner's to give, and Node.js has no call for `user.*`.
   */
  finish(header: RawHeader, map?: Sparse): TarEntry | undefined {
    const pax = withoutEmpty({ ...this.#global, ...this.#local });
    const sparse = map ?? paxSparse(pax);
    const name = pax["GNU.sparse.name"] ?? pax["path"] ?? this.#longName ?? header.name;
    const linkname = pax["linkpath"] ?? this.#longLink ?? header.linkname;
    this.#local = {};
    this.#longName = this.#longLink = undefined;
    // Before ustar, a directory was a file whose name ends with a slash.
    const type = TYPES[header.flag] === "file" && name.endsWith("/") ? "directory" : TYPES[header.flag];
    const size = numeric(pax["size"], header.size);
    if (!Number.isInteger(size) || size < 0 || size > SIZE_LIMIT) {
      throw new TarError("corrupt", `'${name}' has a size of ${size} bytes`);
    }
    if (type === undefined) return undefined;
    return {
      type,
      name,
      linkname,
      mode: header.mode,
      uid: numeric(pax["uid"], header.uid),
      gid: numeric(pax["gid"], header.gid),
      mtime: Math.max(-TIME_LIMIT, Math.min(TIME_LIMIT, numeric(pax["mtime"], header.mtime))),
      size: type === "file" ? size : 0,
      ...(sparse !== undefined && type === "file" ? { sparse } : {}),
    };
  }
}

/** An empty value takes back what a header before said (POSIX, pax interchange format). */
function withoutEmpty(pax: PaxRecords): PaxRecords {
  const empty = Object.keys(pax).some((key) => pax[key] === "");
  return empty ? Object.fromEntries(Object.entries(pax).filter(([, value]) => value !== "")) : pax;
}

function numeric(value: string | undefined, otherwise: number): number {
  if (value === undefined) return otherwise;
  const parsed = /^[-+]?\d+(?:\.\d*)?$/.test(value) ? Number(value) : Number.NaN;
  if (!Number.isFinite(parsed)) throw new TarError("corrupt", `a pax header holds the number '${value}'`);
  return parsed;
}

function untilNul(data: Buffer): string {
  const end = data.indexOf(0);
  return data.toString("utf8", 0, end < 0 ? data.length : end);
}
