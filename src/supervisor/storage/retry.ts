import { setTimeout as sleep } from "node:timers/promises";
import { S3ServiceException } from "@aws-sdk/client-s3";

export interface RetryPolicy {
  /** Milliseconds without any progress after which a transient failure is final. */
  readonly patienceMs: number;
  /** Milliseconds of the longest pause between two attempts; each is a random part of its bound. */
  readonly longestPauseMs: number;
  /** Told before each pause. */
  readonly onRetry: (error: unknown) => void;
}

/** A transfer that broke off in a way that another attempt may mend. */
export class BrokenTransfer extends Error {}

const FIRST_PAUSE_MS = 100;

/**
 * Repeats what failed for a passing reason, with growing pauses (AWS: "exponential backoff and full jitter"), until it succeeds, the
 * policy's patience or the time of `signal` is over. Whatever `progress` returns differently than after the last failure starts both
 * afresh: a transfer of hours may break any number of times.
 */
export async function retry<T>(
  policy: RetryPolicy,
  signal: AbortSignal,
  attempt: () => Promise<T>,
  progress: () => number = () => 0,
): Promise<T> {
  let failures = 0;
  let failingSince = 0;
  let reached = progress();
  for (;;) {
    signal.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted();
      if (!isTransient(error)) throw error;
      if (failures === 0 || progress() !== reached) {
        failures = 0;
        failingSince = Date.now();
        reached = progress();
      }
      failures++;
      const bound = Math.min(policy.longestPauseMs, FIRST_PAUSE_MS * 2 ** (failures - 1));
      if (Date.now() + bound > failingSince + policy.patienceMs) throw error;
      policy.onRetry(error);
      await sleep(bound * Math.random(), undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }
}

/** S3's errors below 500 that another attempt may mend; those above all may, but for what is not implemented. */
const TRANSIENT_ERRORS = new Set([
  "RequestTimeout",
  "RequestTimeTooSkewed",
  "IncompleteBody",
  "OperationAborted",
  "SlowDown",
  "Throttling",
  "ThrottlingException",
  "RequestLimitExceeded",
  "BandwidthLimitExceeded",
]);

const TRANSIENT_CODES = new Set([
  "ECONNRESET",
  "ECONNREFUSED",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EAI_AGAIN",
  "ERR_STREAM_PREMATURE_CLOSE",
]);

const TOO_MANY_REQUESTS = 429;
const NOT_IMPLEMENTED = 501;

/** The HTTP status of the answer that failed, S3's or of a balancer before it, whose page the SDK cannot read. */
export function statusOf(error: Error): number | undefined {
  return (error as Partial<S3ServiceException>).$metadata?.httpStatusCode;
}

/** What S3 refuses stays refused; a full disk stays full. */
export function isTransient(error: unknown): boolean {
  if (error instanceof BrokenTransfer) return true;
  if (!(error instanceof Error)) return false;
  const status = statusOf(error);
  if (status !== undefined && status >= 500) return status !== NOT_IMPLEMENTED;
  if (status === TOO_MANY_REQUESTS) return true;
  if (error instanceof S3ServiceException) return TRANSIENT_ERRORS.has(error.name);
  // The SDK's own, of a connection or an answer that did not come.
  if (error.name === "TimeoutError") return true;
  return TRANSIENT_CODES.has((error as NodeJS.ErrnoException).code ?? "");
}
