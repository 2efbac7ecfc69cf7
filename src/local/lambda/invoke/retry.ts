/** What becomes of an asynchronous event after an attempt. (Lambda Developer Guide, "How Lambda handles errors and retries with asynchronous invocation".) */
import type { EventFacts } from "./event-file.ts";
import type { Outcome } from "./invocation.ts";

export interface RetryRules {
  /** Attempts after the first that a function's own errors are worth: 0 to 2. */
  readonly maximumRetryAttempts: number;
  /** How long the event is kept; s. */
  readonly maximumEventAge: number;
  /** The function's reserved concurrency is zero: its events are given up at once. */
  readonly disabled: boolean;
  /** Factor of all times. */
  readonly timeScale: number;
}

export type Condition = "Success" | "RetriesExhausted" | "EventAgeExceeded";

export type Verdict =
  | { readonly kind: "over"; readonly condition: Condition }
  | { readonly kind: "again"; readonly due: number; readonly failures: number; readonly delays: number };

/** Before the second attempt and before the third, ms. */
const FUNCTION_ERROR_MS = [60_000, 120_000];
/** Throttles and errors of the system: from a second, twice as long each time, to five minutes. */
const FIRST_DELAY_MS = 1000;
const LONGEST_DELAY_MS = 300_000;

/** When the event is not worth another attempt, ms since the epoch. A scale of 0 takes the waiting away, not the event. */
export function expiryOf(
  { accepted }: Pick<EventFacts, "accepted">,
  { maximumEventAge, timeScale }: RetryRules,
): number {
  return timeScale === 0 ? Number.POSITIVE_INFINITY : accepted + maximumEventAge * 1000 * timeScale;
}

/** @param outcome of the function; undefined: it was not reached (throttled, or an error of the system) */
export function afterAttempt(
  event: EventFacts,
  outcome: Pick<Outcome, "failed"> | undefined,
  rules: RetryRules,
  now: number,
): Verdict {
  if (outcome && !outcome.failed) return { kind: "over", condition: "Success" };
  const failures = event.failures + (outcome ? 1 : 0);
  if (failures > rules.maximumRetryAttempts) return { kind: "over", condition: "RetriesExhausted" };
  const delays = outcome ? 0 : event.delays + 1;
  const wait = outcome
    ? FUNCTION_ERROR_MS[Math.min(failures, FUNCTION_ERROR_MS.length) - 1]!
    : Math.min(FIRST_DELAY_MS * 2 ** Math.min(delays - 1, 16), LONGEST_DELAY_MS);
  // It waits no longer than it is kept, to be given up then.
  const due = Math.min(now + wait * rules.timeScale, expiryOf(event, rules));
  return { kind: "again", due: Math.ceil(due), failures, delays };
}
