import { setTimeout as sleep } from "node:timers/promises";
import type { ScarError } from "../errors.ts";
import type { Patience } from "./patience.ts";

/** A failure that another attempt may mend. */
export class PassingFailure extends Error {
  /** What to tell the user when it does not pass. */
  readonly final: ScarError;
  /** Milliseconds that the server asks us to wait. */
  readonly waitMs: number | undefined;
  /** Attempts that are worth while; default: the patience's. */
  readonly attempts: number;

  constructor(final: ScarError, options: { readonly waitMs?: number | undefined; readonly attempts?: number } = {}) {
    super(final.message, { cause: final });
    this.final = final;
    this.waitMs = options.waitMs;
    this.attempts = options.attempts ?? Number.POSITIVE_INFINITY;
  }
}

export interface AttemptOptions {
  readonly patience: Patience;
  readonly notice?: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Attempts at one thing: counts them and waits between them (AWS's "exponential backoff and jitter"). */
export class Attempts {
  readonly #options: AttemptOptions;
  #failures = 0;

  constructor(options: AttemptOptions) {
    this.#options = options;
  }

  /** Something was reached: what fails from here on is counted afresh. */
  progressed(): void {
    this.#failures = 0;
  }

  /**
   * Waits before the next attempt: at least as long as the server asks, else a random part of a bound that doubles. Throws `error`
   * itself when no other attempt would mend it, its ScarError after the last attempt or where the server asks for too long a wait.
   */
  async pause(error: unknown): Promise<void> {
    const { patience, notice, signal } = this.#options;
    signal.throwIfAborted();
    if (!(error instanceof PassingFailure)) throw error;
    this.#failures++;
    const { final, waitMs = 0 } = error;
    const limit = Math.min(patience.attempts, error.attempts);
    if (this.#failures >= limit || waitMs > patience.longestWaitMs) throw final;
    const bound = Math.min(patience.longestPauseMs, patience.pauseMs * 2 ** (this.#failures - 1));
    const pause = waitMs + bound * (0.5 + Math.random() / 2);
    notice?.(`${final.message}: trying again in ${seconds(pause)} s (attempt ${this.#failures + 1} of ${limit})`);
    await sleep(pause, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

/** Repeats `attempt` until it succeeds or {@link Attempts} gives up. */
export async function withAttempts<T>(options: AttemptOptions, attempt: () => Promise<T>): Promise<T> {
  const attempts = new Attempts(options);
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      await attempts.pause(error);
    }
  }
}

function seconds(ms: number): string {
  return ms < 10_000 ? (ms / 1000).toFixed(1) : String(Math.round(ms / 1000));
}
