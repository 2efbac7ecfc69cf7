/** The Range header of a GET. */
import { invalidRange } from "./errors.ts";

export interface ByteRange {
  readonly start: number;
  /** Inclusive. */
  readonly end: number;
}

/** The one range asked for, cut to the size; undefined (the whole) for none, several or an unreadable one. Throws `InvalidRange`. */
export function parseRange(header: string | undefined, size: number): ByteRange | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? "");
  if (!match || (match[1] === "" && match[2] === "")) return undefined;
  if (match[1] === "") {
    const length = Math.min(Number(match[2]), size);
    if (Number(match[2]) === 0) throw invalidRange(header!, size);
    // The last bytes of nothing are nothing, not an error.
    return size === 0 ? undefined : { start: size - length, end: size - 1 };
  }
  const start = Number(match[1]);
  const end = match[2] === "" ? size - 1 : Number(match[2]);
  if (end < start && match[2] !== "") return undefined;
  if (start >= size) throw invalidRange(header!, size);
  return { start, end: Math.min(end, size - 1) };
}
