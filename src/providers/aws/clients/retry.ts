/** How often and when a request is sent again: with growing, random pauses, as AWS asks of its clients. */
import type { RetryErrorInfo, RetryErrorType, RetryStrategyV2, RetryToken } from "@smithy/types";

/** Milliseconds that the first pause lasts at most; each further one may last twice as long. */
const FIRST_PAUSE: Readonly<Partial<Record<RetryErrorType, number>>> = { THROTTLING: 500, TRANSIENT: 100 };
const LONGEST_PAUSE = 20_000;

/** Times that a request is sent. Missing: an error of that kind is not retried. */
export interface Attempts {
  /** When AWS says that it is busy: nothing was done. */
  readonly throttled: number;
  /** When AWS says that something in it failed: the request may have been carried out. */
  readonly failed?: number;
  /** When there is no answer. */
  readonly unanswered?: number;
}

/** A deployment is not to end half-way because AWS is busy; whoever has no network is told soon. */
export const PERSISTENT: Attempts = { throttled: 8, failed: 8, unanswered: 5 };

/** For what must not be done twice. */
export const ONCE: Attempts = { throttled: 5 };

export function retryStrategy(attempts: Attempts): RetryStrategyV2 {
  return {
    async acquireInitialRetryToken() {
      return tokenOf(0, 0);
    },
    // What is thrown here is not shown: the request's own error is.
    async refreshRetryTokenForRetry(token, info) {
      const first = FIRST_PAUSE[info.errorType];
      const count = token.getRetryCount() + 1;
      if (first === undefined || count >= (attempts[kindOf(info)] ?? 1)) throw new Error("not to be sent again");
      const pause = Math.random() * Math.min(first * 2 ** (count - 1), LONGEST_PAUSE);
      return tokenOf(count, pause);
    },
    recordSuccess() {},
  };
}

function tokenOf(count: number, pause: number): RetryToken {
  return { getRetryCount: () => count, getRetryDelay: () => pause };
}

function kindOf({ errorType, error }: RetryErrorInfo): keyof Attempts {
  if (errorType === "THROTTLING") return "throttled";
  const { $metadata } = (error ?? {}) as { readonly $metadata?: { readonly httpStatusCode?: number } };
  return $metadata?.httpStatusCode === undefined ? "unanswered" : "failed";
}
