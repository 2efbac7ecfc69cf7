/** Which stretches of an object's files hold a range of its bytes. */
import type { Part } from "./records.ts";

/** A stretch of one file. */
export interface Slice {
  readonly part: Part;
  readonly from: number;
  /** Inclusive. */
  readonly to: number;
}

/** The stretches of bytes `start` to `end` (inclusive) of the parts' concatenation, in order; parts without any are left out. */
export function* slicesOf(parts: readonly Part[], start: number, end: number): Generator<Slice> {
  let offset = 0;
  for (const part of parts) {
    const from = Math.max(start - offset, 0);
    const to = Math.min(end - offset, part.size - 1);
    offset += part.size;
    if (from <= to) yield { part, from, to };
  }
}
