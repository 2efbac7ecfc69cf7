/** One call of a function and what came of it. */

export interface Invocation {
  /** Also the id that the caller sees. */
  readonly requestId: string;
  /** JSON. */
  readonly payload: Buffer;
  /** `X-Amzn-Trace-Id`. */
  readonly traceId: string;
  /** JSON of `X-Amz-Client-Context`, on one line. */
  readonly clientContext?: string;
  /** Aborted when nobody waits any more; only looked at before the function starts. */
  readonly signal?: AbortSignal;
  /** Called when an environment takes it. */
  readonly onStart?: () => void;
}

export interface Outcome {
  /** What the function answered, or AWS's error document. */
  readonly payload: Buffer;
  /** The function, or its process, failed: `X-Amz-Function-Error`. */
  readonly failed: boolean;
  /** The last 4 KB of the invocation's log. */
  readonly logTail: Buffer;
  /** Resolves when the whole log is with the log service. */
  readonly logged: Promise<void>;
}

/** AWS's document for a function that did not answer. */
export function failure(errorType: string, errorMessage: string): Buffer {
  return Buffer.from(JSON.stringify({ errorType, errorMessage }));
}
