/** What a step did, the original's and ours, in one form: paths with values, in which the two are compared. */
import type { TraceStep } from "../traces.ts";
import { leaves, shownPath } from "../traces.ts";
import type { TraceAccount, TraceFunction } from "./account.ts";
import { possibleFunction } from "./files.ts";
import type { Invocation } from "./proxy.ts";

export interface Outcome {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly before: TraceAccount;
  readonly after: TraceAccount;
  readonly invocations: readonly Invocation[];
  /** Bytes of the files that were made, by name. */
  readonly files: Readonly<Record<string, number>>;
}

/** `what: theirs → ours`, for each. */
export function differencesOf(theirs: Outcome, ours: Outcome): string[] {
  const [error, other] = [theirs, ours].map(({ exit, stderr }) => text(exit === 0 ? undefined : errorOf(stderr)));
  return [
    ...(theirs.exit === ours.exit ? [] : [`exit: ${theirs.exit} → ${ours.exit}`]),
    ...(error === other ? [] : [`stderr: ${error} → ${other}`]),
    ...stdoutDifferences(theirs.stdout, ours),
    ...between(changesOf(theirs.before, theirs.after), changesOf(ours.before, ours.after)),
    ...between(pathsOf(inTurn(theirs.invocations), "invoked"), pathsOf(inTurn(ours.invocations), "invoked")),
    ...between(pathsOf(theirs.files, "files"), pathsOf(ours.files, "files")),
  ];
}

/** Leaves by path; nothing of an empty list. */
const pathsOf = (value: object, root: string): Map<string, string> =>
  new Map(Object.keys(value).length === 0 ? [] : leaves(value, [root]).map(shown));

const text = (value: unknown): string => (value === undefined ? "nothing" : JSON.stringify(value));
const shown = ([path, value]: [readonly (string | number)[], unknown]): [string, string] => [
  shownPath(path),
  text(value),
];
/** What it was that failed, without the hint. */
function errorOf(stderr: string): string | undefined {
  const said = lines(stderr);
  const from = said.findIndex((line) => /^(scar(?: \w+)?: |\{"Error")/.test(line));
  if (from < 0) return undefined;
  const end = said.findIndex((line, i) => i > from && !(line.startsWith("  ") && !line.startsWith("  hint:")));
  return said.slice(from, end < 0 ? undefined : end).join("\n");
}

function between(theirs: ReadonlyMap<string, string>, ours: ReadonlyMap<string, string>): string[] {
  const paths = new Set([...theirs.keys(), ...ours.keys()]);
  return [...paths].flatMap((path) => {
    const [one, other] = [theirs.get(path) ?? "nothing", ours.get(path) ?? "nothing"];
    return one === other ? [] : [`${path}: ${one} → ${other}`];
  });
}

/** What is new, other or gone in an account. */
function changesOf(before: TraceAccount, after: TraceAccount): Map<string, string> {
  const [old, now] = [flat(before), flat(after)];
  const changes = new Map<string, string>();
  for (const [path, value] of now) if (old.get(path) !== value) changes.set(path, value);
  const gone = Object.entries(before).flatMap(([kind, all]) =>
    Object.keys(all).flatMap((name) => (name in after[kind as keyof TraceAccount] ? [] : [`${kind}.${name}`])),
  );
  for (const name of gone) changes.set(name, "deleted");
  for (const path of old.keys())
    if (!now.has(path) && !gone.some((name) => path.startsWith(`${name}.`))) changes.set(path, "deleted");
  return changes;
}

const NOTHING = ["nothing", "[]", "{}"];

function flat(account: TraceAccount): Map<string, string> {
  const all = Object.entries(account).flatMap(([kind, named]) =>
    Object.entries(named as Record<string, unknown>).flatMap(([name, one]) =>
      leaves(rendered(kind, one), [kind, name]),
    ),
  );
  return new Map(all.map(shown).filter(([, value]) => !NOTHING.includes(value)));
}

function rendered(kind: string, one: unknown): unknown {
  if (kind === "logGroups") return { ...(one as object), events: undefined };
  return kind === "functions" ? renderedFunction(one as TraceFunction) : one;
}

const FIELDS = [
  "Runtime",
  "Role",
  "Handler",
  "Description",
  "Timeout",
  "MemorySize",
  "Architectures",
  "VpcConfig",
  "FileSystemConfigs",
  "PackageType",
  "ImageConfig",
];

function renderedFunction({ config, tags, permissions, package: files }: TraceFunction): unknown {
  const { FDL: _, ...Variables } =
    (config["Environment"] as { Variables?: Record<string, string> } | undefined)?.Variables ?? {};
  const { PackageType, ...picked } = Object.fromEntries(FIELDS.map((name) => [name, config[name]]));
  // The number of a supervisor's layer says nothing.
  const Layers = ((config["Layers"] ?? []) as string[]).map((arn) =>
    arn.split(":layer:")[1]!.replace(/^(.*supervisor):\d+$/, "$1"),
  );
  return possibleFunction({
    ...picked,
    ...(PackageType === "Image" && { PackageType }),
    Layers,
    Variables,
    tags,
    permissions,
    package: files,
  });
}

/** Those that are done many at once are told in any order. */
const AT_ONCE = /^(?:Sending event for|Uploading|Downloading) file /;

function inOrder(all: readonly string[]): string[] {
  const sorted = all.filter((line) => AT_ONCE.test(line)).sort();
  return all.map((line) => (AT_ONCE.test(line) ? sorted.shift()! : line));
}

/** The one that is waited for first, the others by what they carry. */
const inTurn = (all: readonly Invocation[]): Invocation[] => [...all].sort((a, b) => (turnOf(a) < turnOf(b) ? -1 : 1));
const turnOf = ({ type, payload }: Invocation): string =>
  `${type === "RequestResponse" ? 0 : 1}${JSON.stringify(payload)}`;

const lines = (written: string): string[] => written.split("\n").filter((line) => line !== "");

/** Ids, times and the like become their kinds. */
export function normalised(written: string, replaced: readonly (readonly [string, string])[] = []): string {
  let result = written;
  for (const [from, to] of replaced) if (from !== "") result = result.replaceAll(from, to);
  return (
    result
      .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "{id}")
      .replace(/\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}/g, "{stream}")
      .replace(/\bA(?:KIA|SIA)[A-Z0-9]{8,}/g, "{key}")
      .replace(/\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d[.,]\d{3}(?:\+0000|Z)?/g, "{time}")
      // A question stands on a line of its own.
      .replace(/(\[Y\/n\]|Enter number:) /g, "$1\n")
  );
}

function stdoutDifferences(written: string, ours: Outcome): string[] {
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

/** What the recording says of a step. */
export function recorded(step: TraceStep, accounts: { before: TraceAccount; after: TraceAccount }): Outcome {
  const invocations = step.calls.flatMap(({ operation, params }) => {
    if (operation !== "Invoke") return [];
    const { FunctionName, InvocationType, Payload } = params as Record<string, string>;
    return [{ function: FunctionName!, type: InvocationType!, payload: JSON.parse(Payload!) }];
  });
  const made = Object.entries(step.new_files ?? {}).map(([name, { len }]) => [name, len]);
  const home = Object.keys(step.home_files_after ?? {}).map((name) => [`~/${name}`, 0]);
  return {
    exit: step.exit_code,
    stdout: normalised(step.stdout),
    stderr: normalised(step.stderr),
    ...accounts,
    invocations,
    files: Object.fromEntries([...made, ...home]),
  };
}
