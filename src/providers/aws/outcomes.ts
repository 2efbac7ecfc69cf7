/**
 * How asynchronous invocations ended, told from the function's log: AWS keeps no result of them. Pure; docs/decisions/0054 says why so.
 */
import type { LogEvent } from "./log-events.ts";

/** Lines that tell how an invocation went, and nothing else of a log that may be long (CloudWatch: "Filter pattern syntax"). */
export const OUTCOME_LINES = [
  "START RequestId",
  "REPORT RequestId",
  "Invoke Error",
  "Task timed out",
  "Error: Runtime",
  "- supervisor - ERROR -",
  "- supervisor - CRITICAL -",
]
  .map((words) => `?"${words}"`)
  .join(" ");

/** Characters of a reason. */
const LONGEST_REASON = 300;

/** An invocation that ended. */
export interface Ended<T> {
  readonly item: T;
  readonly requestId: string;
  /** Why its last attempt failed; undefined: it succeeded. */
  readonly failure: string | undefined;
}

interface Invocation<T> {
  readonly item: T;
  /** Attempts that failed. */
  failed: number;
  /** Lambda's own word that the attempt under way failed: there may be another. */
  error: string | undefined;
  /** The supervisor's: Lambda takes its answer for a success. */
  said: string | undefined;
  /** Why the attempt before failed. */
  before: string | undefined;
  /** The look in which its REPORT was seen. */
  reported: number | undefined;
}

export class Outcomes<T> {
  readonly #retries: number;
  readonly #open = new Map<string, Invocation<T>>();
  /** The request that each stream's environment is at. */
  readonly #current = new Map<string, string>();
  readonly #ended: Ended<T>[] = [];
  #look = 0;

  /** @param retries attempts after the first that failed: AWS's MaximumRetryAttempts */
  constructor(retries: number) {
    this.#retries = retries;
  }

  /** How many have not ended. */
  get open(): number {
    return this.#open.size;
  }

  expect(requestId: string, item: T): void {
    const fresh = { failed: 0, error: undefined, said: undefined, before: undefined, reported: undefined };
    this.#open.set(requestId, { item, ...fresh });
  }

  /** Takes one line; whether it is of one of these invocations. */
  see({ stream, message }: LogEvent): boolean {
    const line = readLine(message);
    if (line === undefined) return false;
    const id = line.requestId ?? this.#current.get(stream) ?? "";
    if (line.kind === "start") this.#current.set(stream, id);
    const found = this.#open.get(id);
    if (found === undefined) return false;
    // A second attempt: the first is over, whatever else may come of it.
    if (found.reported !== undefined && line.kind === "start") this.#close(id, found);
    if (line.kind === "error") found.error = line.reason;
    if (line.kind === "said") found.said ??= line.reason;
    if (line.kind === "report") {
      found.error ??= line.reason;
      found.reported = this.#look;
    }
    return true;
  }

  /** To be called after each look at the log. What was reported in it ends with the next: a line may come later than the REPORT after it. */
  settle(): Ended<T>[] {
    for (const [id, one] of this.#open) {
      if (one.reported !== undefined && one.reported < this.#look) this.#close(id, one);
    }
    this.#look++;
    return this.#ended.splice(0);
  }

  /** Those of which no end was seen; `before` is why their last attempt failed, if one was seen. */
  giveUp(): { readonly item: T; readonly requestId: string; readonly before: string | undefined }[] {
    const left = [...this.#open].map(([requestId, { item, before, error }]) => ({
      item,
      requestId,
      before: error ?? before,
    }));
    this.#open.clear();
    return left;
  }

  #close(requestId: string, one: Invocation<T>): void {
    if (one.error !== undefined && one.failed < this.#retries) {
      const before = one.said ?? one.error;
      Object.assign(one, { failed: one.failed + 1, before, error: undefined, said: undefined, reported: undefined });
      return;
    }
    this.#open.delete(requestId);
    const failure = one.error === undefined ? one.said : (one.said ?? one.error);
    this.#ended.push({ item: one.item, requestId, failure });
  }
}

type Line =
  | { readonly kind: "start"; readonly requestId: string }
  | { readonly kind: "report"; readonly requestId: string; readonly reason: string | undefined }
  | { readonly kind: "error"; readonly requestId: string | undefined; readonly reason: string }
  | { readonly kind: "said"; readonly requestId: undefined; readonly reason: string };

/** What Lambda, its Node.js runtime and the supervisor write of an invocation's ends; undefined: something else. */
function readLine(message: string): Line | undefined {
  const platform = /^(START|REPORT) RequestId: (\S+)(.*)/s.exec(message);
  if (platform) {
    const [, kind, requestId = "", rest = ""] = platform;
    if (kind === "START") return { kind: "start", requestId };
    const [, status] = /\tStatus: (\w+)/.exec(rest) ?? [];
    const [, type] = /\tError Type: ([^\t\n]+)/.exec(rest) ?? [];
    const reason = status === undefined || status === "success" ? undefined : (type ?? status);
    return { kind: "report", requestId, reason };
  }
  const thrown = /^\S+\t(\S+)\tERROR\tInvoke Error \t?(.*)$/s.exec(message);
  if (thrown) return { kind: "error", requestId: thrown[1], reason: reasonOf(thrown[2] ?? "") };
  const timedOut = /^\S+ (\S+) (Task timed out after .*)$/s.exec(message);
  if (timedOut) return { kind: "error", requestId: timedOut[1], reason: brief(timedOut[2] ?? "") };
  const crashed = /^RequestId: (\S+) Error: (.*)$/s.exec(message);
  if (crashed) return { kind: "error", requestId: crashed[1], reason: brief(crashed[2] ?? "") };
  const said = /^\S+(?: \S+)? - supervisor - (?:ERROR|CRITICAL) - (.*)$/s.exec(message);
  return said ? { kind: "said", requestId: undefined, reason: brief(said[1] ?? "") } : undefined;
}

/** Of the document that the runtime writes. */
function reasonOf(document: string): string {
  try {
    const { errorType, errorMessage } = JSON.parse(document) as Record<string, unknown>;
    return brief([errorType, errorMessage].filter((part) => typeof part === "string").join(": "));
  } catch {
    return brief(document);
  }
}

/** One line, not too long. */
function brief(text: string): string {
  const [line = ""] = text.trim().split(/\r?\n|\\n/);
  return line.length > LONGEST_REASON ? `${line.slice(0, LONGEST_REASON)}…` : line;
}
