import type { AwsError } from "../../service.ts";
import { invalid } from "../input.ts";

/** Reads a filter pattern from left to right. */
export class Scanner {
  readonly text: string;
  /** Regular expressions read so far. */
  regexes = 0;
  #at = 0;

  constructor(text: string) {
    this.text = text;
  }

  get ended(): boolean {
    this.space();
    return this.#at === this.text.length;
  }

  space(): void {
    this.match(/\s*/y);
  }

  /** Takes a text if it comes next, after blanks. */
  take(text: string): boolean {
    if (!this.sees(text)) return false;
    this.#at += text.length;
    return true;
  }

  /** Whether a text comes next, after blanks. */
  sees(text: string): boolean {
    this.space();
    return this.text.startsWith(text, this.#at);
  }

  /** Takes what a sticky expression finds here. */
  match(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.#at;
    const found = expression.exec(this.text);
    if (!found) return undefined;
    this.#at += found[0].length;
    return found;
  }

  /** What the pattern is refused with. */
  refuse(why: string): AwsError {
    return invalid(`Invalid filter pattern: ${why} at position ${this.#at + 1}`);
  }
}

/** `"…"` with `\"` and `\\` inside. */
export const QUOTED = /"((?:[^"\\]|\\.)*)"/sy;

export const unescaped = (quoted: string): string => quoted.replace(/\\(["\\])/g, "$1");
