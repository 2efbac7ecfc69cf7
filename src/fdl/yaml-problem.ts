/** What is wrong with a YAML text, in words of ours: the library's name the grammar's rule, not the way out. */
import type { YAMLException } from "js-yaml";
import { EXIT, ScarError } from "../errors.ts";
import { printable } from "./shown.ts";

export function invalidYaml(place: string, message: string): ScarError {
  return new ScarError("InvalidYaml", `${place}: ${message}`, {
    exitCode: EXIT.usage,
    hint: "fdl-example.yaml shows every field of a functions definition file",
  });
}

/** Gives `file:line:column` of offsets in the text; both count from 1. */
export function placesIn(file: string, text: string): (offset: number) => string {
  const starts = [0, ...[...text.matchAll(/\r\n|\r|\n/g)].map((end) => end.index + end[0].length)];
  return (offset) => {
    let line = 0;
    let above = starts.length;
    while (above - line > 1) {
      const middle = (line + above) >> 1;
      if (starts[middle]! <= offset) line = middle;
      else above = middle;
    }
    return `${file}:${line + 1}:${offset - starts[line]! + 1}`;
  };
}

/** The same of one offset. */
export function placeAt(file: string, text: string, offset: number): string {
  return placesIn(file, text)(offset);
}

/** By what the library's reason begins with. */
const WORDS: readonly (readonly [string, string])[] = [
  ["duplicated mapping key", "duplicated mapping key: remove one of the two"],
  ["tab characters must not", "tab characters: YAML is indented with spaces"],
  [
    "bad indentation of a mapping",
    "wrong indentation: the keys of a mapping stand below each other, and what belongs to a key further right",
  ],
  ["bad indentation of a sequence", "wrong indentation: the '-' of a list stand below each other"],
  ["can not read an implicit mapping pair", "a ':' is missing after a key"],
  ["can not read a block mapping entry", "a ':' is missing after a key, or this line is indented wrongly"],
  ["a whitespace character is expected after", "a space is missing after ':'"],
  ["incomplete explicit mapping pair", "a key is missing before ':'"],
  ["unexpected end of the stream within a flow", "a '[' or '{' is not closed"],
  ["unexpected end of the stream within a single", "a ' is not closed"],
  ["unexpected end of the document within a single", "a ' is not closed"],
  ["unexpected end of the stream within a double", 'a " is not closed'],
  ["unexpected end of the document within a double", 'a " is not closed'],
  ["missed comma between flow", "a ',' is missing between the entries of [ ] or { }, or one of them is not closed"],
  ["expected the node content", "a value is missing before ','"],
  ["unknown escape sequence", "no escape that YAML knows: in double quotes a \\ is written \\\\"],
  ["expected hexadecimal character", "digits are missing after \\x, \\u or \\U"],
  [
    "unidentified alias",
    "'*' begins a reference to an anchor, and there is none of this name: put a text that begins with '*' in quotes",
  ],
  ["name of an alias", "'*' begins a reference to an anchor: put a text that begins with '*' in quotes"],
  ["name of an anchor", "'&' begins an anchor: put a text that begins with '&' in quotes"],
  ["duplication of an anchor", "'&' begins an anchor, and there are two: put a text that begins with '&' in quotes"],
  ["unknown tag", "'!' begins a tag, and an FDL has none: put a text that begins with '!' in quotes"],
  ["unacceptable node kind", "this tag does not belong to a value of this kind: remove it"],
  ["cannot resolve a node", "this tag does not belong to this value: remove it"],
  ["undeclared tag handle", "'!' begins a tag, and an FDL has none: put a text that begins with '!' in quotes"],
  ["tag ", "'!' begins a tag, and an FDL has none: put a text that begins with '!' in quotes"],
  ["cannot merge mappings", "'<<' takes a mapping, or a list of mappings"],
  ["abnormal merge", "'<<' has too many mappings"],
  ["merge keys exceeded", "'<<' merges too many keys"],
  ["nested arrays", "a key must be text"],
  ["missing indentation for block scalar", "the text after | or > must be indented"],
  [
    "end of the stream or a document",
    "this does not belong to what stands before it: wrong indentation, or a text that needs quotes",
  ],
  ["directives end mark", "'%' begins a directive: put a text that begins with '%' in quotes"],
  ["nesting exceeded", "is nested too deeply"],
];

export function fromYaml({ reason, mark }: YAMLException, text: string, file: string): ScarError {
  if (reason.startsWith("expected a single document")) {
    return invalidYaml(
      placeAt(file, text, secondDocument(text)),
      "a second document begins: an FDL is one, remove the '---'",
    );
  }
  const words = WORDS.find(([start]) => reason.startsWith(start))?.[1] ?? reason;
  if (mark === undefined || mark === null) return invalidYaml(file, words);
  const line = excerpt(text, mark.line);
  const place = `${file}:${mark.line + 1}:${mark.column + 1}`;
  if (line === undefined) return invalidYaml(place, words);
  // The caret stands under its character also behind tabs.
  const indent = line.slice(0, mark.column).replace(/[^\t]/g, " ");
  return invalidYaml(place, `${words}\n    ${line}\n    ${indent}^`);
}

/** Where the `---` stands that something else precedes. */
function secondDocument(text: string): number {
  const first = /^(?![ \t]*(?:#|$)|%|---(?:\s|$))/m.exec(text)?.index ?? 0;
  const marks = [...text.matchAll(/^(?:---|\.\.\.)(?=\s|$)/gm)].map(({ index }) => index);
  return marks.find((at) => at > first) ?? marks[1] ?? 0;
}

/** Keys whose values, and those below them, no message shows. */
const PRIVATE = /key|secret|token|pass|credential|login|auth|variables|environment|storage_providers/i;

/** The line, unless it or what it belongs to may hold a secret. */
function excerpt(text: string, number: number): string | undefined {
  const lines = text.split(/\r\n|\r|\n/);
  const line = lines[number] ?? "";
  if (line.trim() === "" || line.length > 200) return undefined;
  let indent = line.search(/\S/);
  for (let above = number - 1; above >= 0 && indent > 0; above--) {
    const at = lines[above]!.search(/\S/);
    if (at < 0 || at >= indent) continue;
    if (PRIVATE.test(lines[above]!)) return undefined;
    indent = at;
  }
  if (PRIVATE.test(line)) return undefined;
  return line.split("\t").map(printable).join("\t");
}
