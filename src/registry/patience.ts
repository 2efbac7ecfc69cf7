/** How long a registry is waited for, and how often it is asked again. */
export interface Patience {
  /** Milliseconds until a connection stands, TLS included. */
  readonly connectMs: number;
  /** Milliseconds until the head of an answer is there. */
  readonly answerMs: number;
  /** Milliseconds without a byte while we wait for one. */
  readonly stallMs: number;
  /** Milliseconds of the first pause between attempts; it doubles up to {@link longestPauseMs}. */
  readonly pauseMs: number;
  readonly longestPauseMs: number;
  /** Longest Retry-After that is waited for, in milliseconds. */
  readonly longestWaitMs: number;
  /** Attempts without progress. */
  readonly attempts: number;
}

export const PATIENCE: Patience = {
  connectMs: 15_000,
  answerMs: 60_000,
  stallMs: 30_000,
  pauseMs: 500,
  longestPauseMs: 15_000,
  longestWaitMs: 60_000,
  attempts: 6,
};
