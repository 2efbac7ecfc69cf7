/** JSON that knows where its values stand: scar.cfg is written by hand, and Node's own messages differ from version to version. */
import { EXIT, type Problem, ScarError } from "../errors.ts";
import { isTree, type Tree } from "../fdl/tree.ts";

export interface JsonDocument {
  readonly value: Tree;
  /** `file:line:column` of a value, of the nearest one above it that is there, or of the file. */
  locate(path: string): string;
  /** Keys that stand twice in one object: the last one counts in every other reader. */
  readonly duplicates: readonly Problem[];
}

const MAX_DEPTH = 100;

/** Reads a configuration file's JSON object. Throws ScarError `InvalidConfig` (exit code 2) with the line and column of what is no JSON. */
export function readJson(text: string, file: string): JsonDocument {
  const reader = new Reader(text.replace(/^\uFEFF/, ""), file);
  const value = reader.document();
  if (!isTree(value)) throw invalid(`${file}: must be a JSON object`);
  return { value, locate: (path) => reader.locate(path), duplicates: reader.duplicates };
}

function invalid(message: string): ScarError {
  return new ScarError("InvalidConfig", message, {
    exitCode: EXIT.usage,
    hint: "correct it, or move it away and let scar make a new one",
  });
}

class Reader {
  readonly duplicates: Problem[] = [];
  readonly #text: string;
  readonly #file: string;
  readonly #places = new Map<string, number>();
  #at = 0;

  constructor(text: string, file: string) {
    this.#text = text;
    this.#file = file;
  }

  document(): unknown {
    if (this.#text.trim() === "") throw this.#refused("the file is empty");
    const value = this.#value("", 0);
    if (this.#next() !== undefined) throw this.#refused(`nothing may follow the last '}', not ${this.#found()}`);
    return value;
  }

  locate(path: string): string {
    for (let at = path; at !== ""; at = at.replace(/(?:\.[^.[\]]*|\[\d+\]|^[^.[\]]*)$/, "")) {
      const offset = this.#places.get(at);
      if (offset !== undefined) return this.#place(offset);
      if (!/[.[]/.test(at)) break;
    }
    return this.#file;
  }

  #value(path: string, depth: number): unknown {
    const first = this.#next();
    if (depth > MAX_DEPTH) throw this.#refused(`values stand at most ${MAX_DEPTH} levels deep`);
    this.#places.set(path, this.#at);
    if (first === "{") return this.#object(path, depth);
    if (first === "[") return this.#array(path, depth);
    if (first === '"') return this.#string();
    const word = /[\w.+-]+/y;
    word.lastIndex = this.#at;
    const found = word.exec(this.#text)?.[0] ?? "";
    if (!/^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/.test(found)) {
      throw this.#refused(`a value is expected, not ${this.#found()}`);
    }
    this.#at += found.length;
    return JSON.parse(found);
  }

  #object(path: string, depth: number): Tree {
    const entries = new Map<string, unknown>();
    this.#at++;
    for (let first = true; this.#next() !== "}"; first = false) {
      if (!first) this.#comma("}");
      if (this.#next() !== '"') throw this.#refused(`a key in double quotes is expected, not ${this.#found()}`);
      const place = this.#at;
      const key = this.#string();
      const inner = path === "" ? key : `${path}.${key}`;
      if (entries.has(key)) {
        const location = this.#place(place);
        this.duplicates.push({ path: inner, message: "stands twice in the same object", location });
      }
      if (this.#next() !== ":") throw this.#refused(`a ':' is expected after the key, not ${this.#found()}`);
      this.#at++;
      entries.set(key, this.#value(inner, depth + 1));
    }
    this.#at++;
    return Object.fromEntries(entries);
  }

  #array(path: string, depth: number): unknown[] {
    const items: unknown[] = [];
    this.#at++;
    while (this.#next() !== "]") {
      if (items.length > 0) this.#comma("]");
      items.push(this.#value(`${path}[${items.length}]`, depth + 1));
    }
    this.#at++;
    return items;
  }

  #comma(end: string): void {
    if (this.#next() !== ",") throw this.#refused(`a ',' or '${end}' is expected, not ${this.#found()}`);
    this.#at++;
    if (this.#next() === end) throw this.#refused(`no '${end}' may follow a ','`);
  }

  #string(): string {
    let end = this.#at + 1;
    while (end < this.#text.length && this.#text[end] !== '"' && this.#text[end]! >= " ") {
      end += this.#text[end] === "\\" ? 2 : 1;
    }
    if (this.#text[end] !== '"') throw this.#refused("the text is not closed on its line");
    try {
      const value: unknown = JSON.parse(this.#text.slice(this.#at, end + 1));
      this.#at = end + 1;
      return value as string;
    } catch {
      throw this.#refused("the text has a wrong escape: a backslash is written \\\\");
    }
  }

  /** The next character that is no blank. */
  #next(): string | undefined {
    const blank = /[ \t\r\n]*/y;
    blank.lastIndex = this.#at;
    blank.exec(this.#text);
    this.#at = blank.lastIndex;
    return this.#text[this.#at];
  }

  /** What stands here, as far as a message may show it: never a whole value. */
  #found(): string {
    const character = this.#text.codePointAt(this.#at);
    if (character === undefined) return "the end of the file";
    if (character < 0x20 || character === 0x7f) return "a control character";
    return `'${String.fromCodePoint(character)}'`;
  }

  #refused(reason: string): ScarError {
    return invalid(`${this.#place(this.#at)}: not JSON: ${reason}`);
  }

  #place(offset: number): string {
    const before = this.#text.slice(0, offset).split(/\r\n|\r|\n/);
    return `${this.#file}:${before.length}:${before.at(-1)!.length + 1}`;
  }
}
