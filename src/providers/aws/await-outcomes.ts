/** Follows a function's log until all of some asynchronous invocations have ended, or nothing is to be hoped for any more. */
import { setTimeout as delay } from "node:timers/promises";
import { logGroupName } from "./arn.ts";
import type { AwsClients } from "./clients.ts";
import { eventPolicy } from "./controllers/event-invoke.ts";
import { functionNotFound, interrupted, isAwsError } from "./errors.ts";
import { LogFollower } from "./log-events.ts";
import { type Ended, OUTCOME_LINES, type Outcomes } from "./outcomes.ts";

/** Milliseconds between two looks. */
const PAUSE = { first: 500, longest: 5_000 };
/** Milliseconds that a log may be behind. */
const LAG = 60_000;
/** Milliseconds between two attempts at most (Lambda Developer Guide, "How Lambda handles errors and retries with asynchronous invocation"). */
const LONGEST_WAIT = 300_000;

/** Events of a page: beside thousands of files, a page of CloudWatch's own size would be most of the memory. */
const PAGE = 1_000;

/** How long to wait, in milliseconds. */
export interface Patience {
  /** Without a line of any of these invocations. */
  readonly silence: number;
  /** In all. */
  readonly longest: number;
}

export interface AsyncPolicy {
  readonly retries: number;
  readonly patience: Patience;
}

/** What Lambda does with the function's asynchronous events. Throws `FunctionNotFound`. */
export async function asyncPolicy(clients: AwsClients, functionName: string): Promise<AsyncPolicy> {
  try {
    const { timeout, retries, age } = await eventPolicy(await clients.lambda(), functionName);
    return { retries, patience: patienceOf({ timeout, retries, age }) };
  } catch (error) {
    throw isAwsError(error, "ResourceNotFoundException") ? functionNotFound(functionName, error) : error;
  }
}

/** @param policy in seconds */
export function patienceOf(policy: {
  readonly timeout: number;
  readonly retries: number;
  readonly age: number;
}): Patience {
  const timeout = policy.timeout * 1000;
  const attempts = (policy.retries + 1) * timeout + policy.retries * LONGEST_WAIT;
  return { silence: timeout + LONGEST_WAIT + LAG, longest: policy.age * 1000 + attempts + LAG };
}

export interface Awaited {
  readonly functionName: string;
  readonly patience: Patience;
  /** When the first of them was sent; ms since the epoch. */
  readonly since: number;
  readonly signal: AbortSignal;
}

/** Yields them as they end. What is left in `outcomes` afterwards did not, as far as the log shows. */
export async function* awaitOutcomes<T>(
  clients: AwsClients,
  outcomes: Outcomes<T>,
  { functionName, patience, since, signal }: Awaited,
): AsyncGenerator<Ended<T>> {
  const place = { logGroupName: logGroupName(functionName), filterPattern: OUTCOME_LINES, limit: PAGE };
  // The clocks of AWS and of this machine are not the same: too much is read, and passed over by its request id.
  const follower = new LogFollower(await clients.logs(), place, since - LAG, signal);
  const begin = Date.now();
  let heard = begin;
  for (let pause = PAUSE.first; outcomes.open > 0; pause = Math.min(pause * 1.3, PAUSE.longest)) {
    if (await look(follower, outcomes)) {
      heard = Date.now();
      pause = PAUSE.first;
    }
    yield* outcomes.settle();
    const now = Date.now();
    if (outcomes.open === 0 || now - heard > patience.silence || now - begin > patience.longest) return;
    await delay(pause, undefined, { signal }).catch(() => {
      throw interrupted();
    });
  }
}

/** Whether there was a line of one of them. */
async function look<T>(follower: LogFollower, outcomes: Outcomes<T>): Promise<boolean> {
  let any = false;
  try {
    for await (const event of follower.look()) any = outcomes.see(event) || any;
  } catch (error) {
    // Lambda makes the group with the function's first line.
    if (!isAwsError(error, "ResourceNotFoundException")) throw error;
  }
  return any;
}
