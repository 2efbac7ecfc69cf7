import { TarError } from "./header.ts";

export type PaxRecords = Readonly<Record<string, string>>;

/** Sparse files of version 0.0 have a pair of records for each stretch of data, which only their order ties together. */
const SPARSE_PAIR = new Set(["GNU.sparse.offset", "GNU.sparse.numbytes"]);
const SPARSE_MAP = "GNU.sparse.map";

/**
 * Reads the records of a pax header: `LENGTH KEY=VALUE\n`, LENGTH counting the whole record in bytes. Of a key that comes again the
 * last value counts; the pairs of sparse files become one `GNU.sparse.map`, as version 0.1 has it. Throws TarError `corrupt`.
 */
export function decodePax(data: Buffer): PaxRecords {
  const records: Record<string, string> = Object.create(null);
  const pairs: string[] = [];
  let at = 0;
  while (at < data.length && data[at] !== 0) {
    const space = data.indexOf(0x20, at);
    const digits = space < 0 ? "" : data.toString("latin1", at, Math.min(space, at + 10));
    const length = /^\d+$/.test(digits) ? Number(digits) : Number.NaN;
    const end = at + length;
    const equals = data.indexOf(0x3d, space);
    if (!Number.isInteger(length) || end > data.length || data[end - 1] !== 0x0a || equals < 0 || equals >= end) {
      throw new TarError("corrupt", "a pax header is malformed");
    }
    const key = data.toString("utf8", space + 1, equals);
    const value = data.toString("utf8", equals + 1, end - 1);
    if (SPARSE_PAIR.has(key)) pairs.push(value);
    else records[key] = value;
    at = end;
  }
  if (pairs.length > 0) records[SPARSE_MAP] = pairs.join(",");
  return records;
}
