/** The part of a command's output that is kept for the answer. */

/** Bytes kept of the beginning and of the end: in base64 together below Lambda's 6 MB for an answer. */
export const KEPT = { head: 2 * 1024 * 1024, tail: 2 * 1024 * 1024 } as const;

/** Keeps the beginning and the end of any length of output in bounded memory. */
export class CapturedOutput {
  readonly #kept: { readonly head: number; readonly tail: number };
  readonly #head: Buffer[] = [];
  #headBytes = 0;
  #tail: Buffer[] = [];
  #tailBytes = 0;
  #total = 0;

  constructor(kept: { readonly head: number; readonly tail: number } = KEPT) {
    this.#kept = kept;
  }

  /** Bytes written so far. */
  get total(): number {
    return this.#total;
  }

  push(chunk: Buffer): void {
    this.#total += chunk.length;
    const toHead = Math.min(chunk.length, this.#kept.head - this.#headBytes);
    if (toHead > 0) {
      this.#head.push(chunk.subarray(0, toHead));
      this.#headBytes += toHead;
    }
    if (toHead === chunk.length) return;
    this.#tail.push(chunk.subarray(toHead));
    this.#tailBytes += chunk.length - toHead;
    if (this.#tailBytes > 2 * this.#kept.tail) this.#trim();
  }

  /** Whole, or beginning and end with a line between them that says how much is missing. */
  contents(): Buffer {
    this.#trim();
    const cut = this.#total - this.#headBytes - this.#tailBytes;
    if (cut === 0) return Buffer.concat([...this.#head, ...this.#tail]);
    const note = Buffer.from(`\n[scar: ${cut} bytes of output left out here; the function's log has all of it]\n`);
    return Buffer.concat([...this.#head, note, ...this.#tail]);
  }

  /** At most the last `bytes`, as text, beginning at a line where one begins. */
  end(bytes: number): string {
    const kept = Buffer.concat([...this.#head, ...this.#tail]);
    if (kept.length <= bytes && kept.length === this.#total) return kept.toString("utf8").trimEnd();
    const end = (this.#tailBytes >= bytes ? Buffer.concat(this.#tail) : kept).subarray(-bytes);
    const lineBreak = end.indexOf(10);
    const whole = lineBreak >= 0 && lineBreak < end.length - 1 ? end.subarray(lineBreak + 1) : end;
    return whole.toString("utf8").trimEnd();
  }

  #trim(): void {
    if (this.#tailBytes <= this.#kept.tail) return;
    const all = Buffer.concat(this.#tail);
    // A copy: a view would keep the whole of `all` alive.
    this.#tail = [Buffer.from(all.subarray(all.length - this.#kept.tail))];
    this.#tailBytes = this.#kept.tail;
  }
}
