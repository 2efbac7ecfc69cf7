/** A log group's events, once or again and again, each of them one time. */
import {
  type CloudWatchLogsClient,
  type FilteredLogEvent,
  FilterLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { isPassing } from "./errors.ts";
import { poll } from "./wait.ts";

export interface LogEvent {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly stream: string;
  /** Without its last newline. */
  readonly message: string;
}

export interface LogPlace {
  readonly logGroupName: string;
  /** One stream alone. */
  readonly logStream?: string | undefined;
  /** CloudWatch's filter pattern; default: all events. */
  readonly filterPattern?: string;
  /** Events of a page at most; default: CloudWatch's 10 000. */
  readonly limit?: number;
}

/**
 * Milliseconds behind the newest event that each look goes back: CloudWatch takes in the events of one environment later than those of
 * another, so an older one can come after a newer one.
 */
const LATE = 30_000;

/** CloudWatch allows few of these calls a second in an account: whoever follows has time. */
const BUSY = { first: 1_000, longest: 15_000 };
const PATIENCE = 3_600_000;

/** Which events were seen, as far back as they can come again. */
export class SeenEvents {
  #newest: number | undefined;
  readonly #times = new Map<string, number>();

  /** Whether it is the first time; from then on it is not. */
  take({ eventId, timestamp = 0, logStreamName, message }: FilteredLogEvent): boolean {
    const id = eventId ?? JSON.stringify([logStreamName, timestamp, message]);
    if (this.#times.has(id)) return false;
    this.#times.set(id, timestamp);
    this.#newest = Math.max(this.#newest ?? timestamp, timestamp);
    return true;
  }

  /** Where the next look begins; undefined: nothing was seen yet. What is older is forgotten. */
  next(): number | undefined {
    if (this.#newest === undefined) return undefined;
    const from = this.#newest - LATE;
    for (const [id, time] of this.#times) if (time < from) this.#times.delete(id);
    return from;
  }
}

/** Looks at a log again and again; memory holds the last page and the ids of half a minute. */
export class LogFollower {
  readonly #logs: CloudWatchLogsClient;
  readonly #place: LogPlace;
  readonly #since: number | undefined;
  readonly #signal: AbortSignal;
  readonly #seen = new SeenEvents();

  readonly #patience: number;

  /**
   * @param since milliseconds since the epoch, inclusive; undefined: all that there is
   * @param patience milliseconds that throttling and failures of AWS are waited for, beyond the client's own attempts
   */
  constructor(
    logs: CloudWatchLogsClient,
    place: LogPlace,
    since: number | undefined,
    signal: AbortSignal,
    patience = PATIENCE,
  ) {
    this.#patience = patience;
    this.#logs = logs;
    this.#place = place;
    this.#since = since;
    this.#signal = signal;
  }

  /**
   * The events that came since the last look, in the order of time; one that CloudWatch took in late comes in a later look. Throws AwsError
   * `ResourceNotFoundException`, and `Interrupted` when the signal is aborted; throttling and failures of AWS are waited for.
   */
  async *look(): AsyncGenerator<LogEvent> {
    const { logGroupName, logStream, filterPattern, limit } = this.#place;
    const from = Math.max(this.#since ?? 0, this.#seen.next() ?? 0);
    let nextToken: string | undefined;
    do {
      const command = new FilterLogEventsCommand({
        logGroupName,
        ...(logStream === undefined ? {} : { logStreamNames: [logStream] }),
        ...(filterPattern === undefined ? {} : { filterPattern }),
        ...(limit === undefined ? {} : { limit }),
        ...(from > 0 ? { startTime: from } : {}),
        ...(nextToken === undefined ? {} : { nextToken }),
      });
      const page = await this.#patiently(() => this.#logs.send(command, { abortSignal: this.#signal }));
      for (const event of page.events ?? []) {
        if (!this.#seen.take(event)) continue;
        const { timestamp = 0, logStreamName = "", message = "" } = event;
        yield { time: timestamp, stream: logStreamName, message: message.replace(/\r?\n$/, "") };
      }
      this.#seen.next();
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
  }

  async #patiently<T extends object>(call: () => Promise<T>): Promise<T> {
    let last: unknown;
    const attempt = async (): Promise<T | undefined> => {
      try {
        return await call();
      } catch (error) {
        if (!isPassing(error)) throw error;
        last = error;
        return undefined;
      }
    };
    const answer = await poll(attempt, { ...BUSY, deadline: this.#patience }, this.#signal);
    if (answer === undefined) throw last;
    return answer;
  }
}
