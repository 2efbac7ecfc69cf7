import { TarError } from "./header.ts";

export type PaxRecords = Readonly<Record<string, string>>;

/** Reads the records of a pax header: `LENGTH KEY=VALUE\n`, LENGTH counting the whole record in bytes. */
export function decodePax(data: Buffer): PaxRecords {
  const records: Record<string, string> = Object.create(null);
  let at = 0;
  while (at < data.length && data[at] !== 0) {
    const space = data.indexOf(0x20, at);
    const length = space < 0 ? Number.NaN : Number(data.toString("latin1", at, space));
    const end = at + length;
    const equals = data.indexOf(0x3d, space);
    if (!Number.isInteger(length) || end > data.length || data[end - 1] !== 0x0a || equals < 0 || equals >= end) {
      throw new TarError("corrupt", "a pax header is malformed");
    }
    records[data.toString("utf8", space + 1, equals)] = data.toString("utf8", equals + 1, end - 1);
    at = end;
  }
  return records;
}
