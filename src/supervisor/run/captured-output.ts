/** The part of a command's output that is kept for the answer. */

/**
 * Bytes kept of the beginning and of the end. Together they are the most that fits into an answer: in base64, with some 1500 bytes for its
 * headers, Lambda's 6,291,556 (its own error names this number).
 */
export const KEPT = { head: 2 * 1024 * 1024, tail: 2_620_000 } as const;

/** Keeps the beginning and the end of any length of output in bounded memory. */
export class CapturedOutput {
  readonly #kept: { readonly head: number; readonly tail: number };
  readonly #head = new Blocks();
  readonly #tail = new Blocks();
  #total = 0;

  constructor(kept: { readonly head: number; readonly tail: number } = KEPT) {
    this.#kept = kept;
  }

  /** Bytes written so far. */
  get total(): number {
    return this.#total;
  }

  /** Whether something between beginning and end is missing. */
  get isCut(): boolean {
    return this.#total > this.#kept.head + this.#kept.tail;
  }

  push(chunk: Buffer): void {
    this.#total += chunk.length;
    const toHead = Math.min(chunk.length, this.#kept.head - this.#head.bytes);
    this.#head.append(chunk.subarray(0, toHead));
    this.#tail.append(chunk.subarray(toHead));
    this.#tail.trim(this.#kept.tail);
  }

  /** Whole, or beginning and end with a line between them that says how much is missing. */
  contents(): Buffer {
    const [head, tail] = [this.#head.contents(), this.#tail.contents()];
    const cut = this.#total - head.length - Math.min(tail.length, this.#kept.tail);
    if (cut === 0) return Buffer.concat([head, tail]);
    const note = Buffer.from(`\n[scar: ${cut} bytes of output left out here; the function's log has all of it]\n`);
    return Buffer.concat([head, note, tail.subarray(Math.max(0, tail.length - this.#kept.tail))]);
  }

  /** At most the last `bytes`, as text, beginning at a line where one begins. */
  end(bytes: number): string {
    const kept = Buffer.concat([this.#head.contents(), this.#tail.contents()]);
    if (kept.length <= bytes && kept.length === this.#total) return kept.toString("utf8").trimEnd();
    const end = kept.subarray(-bytes);
    const lineBreak = end.indexOf(10);
    const whole = lineBreak >= 0 && lineBreak < end.length - 1 ? end.subarray(lineBreak + 1) : end;
    return whole.toString("utf8").trimEnd();
  }
}

const BLOCK = 64 * 1024;

/** Bytes in blocks of one size: a Buffer for each of a million short writes would take a hundred times what was written. */
class Blocks {
  readonly #full: Buffer[] = [];
  #open = Buffer.alloc(0);
  #used = 0;

  get bytes(): number {
    return this.#full.length * BLOCK + this.#used;
  }

  append(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.#used === this.#open.length) {
        if (this.#used > 0) this.#full.push(this.#open);
        this.#open = Buffer.allocUnsafe(BLOCK);
        this.#used = 0;
      }
      const copied = chunk.copy(this.#open, this.#used, at);
      at += copied;
      this.#used += copied;
    }
  }

  /** Gives up blocks at the beginning; the last `bytes` stay. */
  trim(bytes: number): void {
    while (this.#full.length > 0 && this.bytes - BLOCK >= bytes) this.#full.shift();
  }

  contents(): Buffer {
    return Buffer.concat([...this.#full, this.#open.subarray(0, this.#used)]);
  }
}
