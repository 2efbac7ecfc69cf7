/** What a step did, the original's and ours, in one form: paths with values, in which the two are compared. */
import type { TraceStep } from "../traces.ts";
import type { TraceAccount } from "./account.ts";
import { changesOf } from "./changes.ts";
import { between, lines, normalised, pathsOf, text } from "./compare.ts";
import { type EndpointRequest, recordedRequest } from "./endpoint.ts";
import type { Invocation } from "./proxy.ts";
import { stdoutDifferences } from "./stdout.ts";

export interface Outcome {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly before: TraceAccount;
  readonly after: TraceAccount;
  readonly invocations: readonly Invocation[];
  /** To endpoints of APIs. */
  readonly requests: readonly EndpointRequest[];
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
    ...between(pathsOf(theirs.requests, "asked"), pathsOf(ours.requests, "asked")),
    ...between(pathsOf(theirs.files, "files"), pathsOf(ours.files, "files")),
  ];
}

/** What it was that failed, without the hint. */
function errorOf(stderr: string): string | undefined {
  const said = lines(stderr);
  const from = said.findIndex((line) => /^(scar(?: \w+)?: |\{"Error")/.test(line));
  if (from < 0) return undefined;
  const end = said.findIndex((line, i) => i > from && !(line.startsWith("  ") && !line.startsWith("  hint:")));
  return said.slice(from, end < 0 ? undefined : end).join("\n");
}

/** The one that is waited for first, the others by what they carry. */
const inTurn = (all: readonly Invocation[]): Invocation[] => [...all].sort((a, b) => (turnOf(a) < turnOf(b) ? -1 : 1));
const turnOf = ({ type, payload }: Invocation): string =>
  `${type === "RequestResponse" ? 0 : 1}${JSON.stringify(payload)}`;

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
    requests: step.calls.flatMap((call) => recordedRequest(call) ?? []),
    files: Object.fromEntries([...made, ...home]),
  };
}
