import { setTimeout as delay } from "node:timers/promises";
import { interrupted } from "./errors.ts";

export interface Backoff {
  /** Milliseconds before the first try. Default: none. */
  readonly before?: number;
  /** Milliseconds before the second try. */
  readonly first: number;
  /** Milliseconds between tries at most. */
  readonly longest: number;
  /** Milliseconds until it is given up. */
  readonly deadline: number;
}

/**
 * Tries until `attempt` gives a value, with growing pauses and jitter. Undefined at the deadline; throws `Interrupted` when the
 * signal is aborted, and whatever `attempt` throws.
 */
export async function poll<T>(
  attempt: () => Promise<T | undefined>,
  backoff: Backoff,
  signal?: AbortSignal,
): Promise<T | undefined> {
  const end = Date.now() + backoff.deadline;
  const wait = (milliseconds: number): Promise<void> =>
    delay(milliseconds, undefined, signal ? { signal } : {}).catch(() => {
      throw interrupted();
    });
  if (backoff.before !== undefined) await wait(backoff.before);
  for (let pause = backoff.first; ; pause = Math.min(pause * 1.6, backoff.longest)) {
    if (signal?.aborted) throw interrupted();
    const value = await attempt();
    if (value !== undefined) return value;
    const left = end - Date.now();
    if (left <= 0) return undefined;
    const jittered = pause * (0.75 + Math.random() / 2);
    await wait(Math.min(jittered, left));
  }
}
