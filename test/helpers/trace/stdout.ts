/** Two outputs: text line by line, JSON by path. */
import { leaves } from "../traces.ts";
import { between, lines, shown, text } from "./compare.ts";

/** Those that are done many at once are told in any order. */
const AT_ONCE = /^(?:Sending event for|Uploading|Downloading) file /;

function inOrder(all: readonly string[]): string[] {
  const sorted = all.filter((line) => AT_ONCE.test(line)).sort();
  return all.map((line) => (AT_ONCE.test(line) ? sorted.shift()! : line));
}

/** What stdout has of theirs and of ours; a line that stands on stderr here is not lost. */
export function stdoutDifferences(
  written: string,
  ours: { readonly stdout: string; readonly stderr: string },
): string[] {
  const [theirs, own] = [lines(written), lines(ours.stdout)];
  const said = lines(ours.stderr);
  const [theirDocuments, ownDocuments] = [theirs, own].map((each) => each.filter(isDocument)) as [string[], string[]];
  // Of what the recording cut, only what it is about is known.
  const isCut = (i: number): boolean => theirDocuments[i]?.endsWith(" characters)") ?? false;
  const documents = between(documentLeaves(theirDocuments, isCut), documentLeaves(ownDocuments, isCut));
  const common = inCommon(
    inOrder(theirs.filter((line) => !isDocument(line))),
    inOrder(own.filter((line) => !isDocument(line))),
  );
  return [
    ...common.missing.map(
      (line) => `stdout: ${text(line)} → ${said.some((one) => one.endsWith(line)) ? "stderr" : "nothing"}`,
    ),
    ...common.added.map((line) => `stdout: nothing → ${text(line)}`),
    ...documents,
  ];
}

const isDocument = (line: string): boolean => line.startsWith('{"');

function documentLeaves(documents: readonly string[], isCut: (i: number) => boolean): Map<string, string> {
  const parsed = documents.map((line, i) => (isCut(i) ? /^\{"\w+"/.exec(line)?.[0] : JSON.parse(line)));
  return new Map(parsed.flatMap((one, i) => leaves(one, ["stdout", i])).map(shown));
}

/** The longest lines in common, and what each has beyond them. */
function inCommon(a: readonly string[], b: readonly string[]): { missing: string[]; added: string[] } {
  const lengths = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      lengths[i]![j] = a[i] === b[j] ? lengths[i + 1]![j + 1]! + 1 : Math.max(lengths[i + 1]![j]!, lengths[i]![j + 1]!);
  const [missing, added]: [string[], string[]] = [[], []];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) [i, j] = [i + 1, j + 1];
    else if (j >= b.length || (i < a.length && lengths[i + 1]![j]! >= lengths[i]![j + 1]!)) missing.push(a[i++]!);
    else added.push(b[j++]!);
  }
  return { missing, added };
}
