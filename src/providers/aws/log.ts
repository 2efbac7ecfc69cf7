/** Events of a function's log group, in time order, page by page. */
import { setTimeout as delay } from "node:timers/promises";
import { ScarError } from "../../errors.ts";
import { logGroupName } from "./arn.ts";
import type { AwsClients } from "./clients.ts";
import { isAwsError } from "./errors.ts";
import { type LogEvent, LogFollower } from "./log-events.ts";

/** Milliseconds between two looks at a log that is followed. */
const PAUSE = 1_000;

export interface LogRequest {
  readonly functionName: string;
  /** One stream alone. */
  readonly logStream?: string | undefined;
  /** Only the lines of one invocation. */
  readonly requestId?: string | undefined;
  /** Only events from then on; ms since the epoch. */
  readonly since?: number | undefined;
  /** Go on with what is still to come, until the signal is aborted: it ends without an error then. */
  readonly follow?: boolean;
  readonly signal: AbortSignal;
}

/** Throws `LogGroupNotFound`, `LogStreamNotFound`. */
export async function* logEvents(clients: AwsClients, request: LogRequest): AsyncGenerator<LogEvent> {
  const { functionName, logStream, requestId, since, signal } = request;
  const group = logGroupName(functionName);
  const place = { logGroupName: group, logStream };
  const follower = new LogFollower(await clients.logs(), place, since, signal, request.follow ? undefined : 0);
  const wanted = requestId === undefined ? () => true : requestFilter(requestId);
  try {
    do {
      for await (const event of follower.look()) {
        if (wanted(event.stream, event.message)) yield event;
      }
    } while (request.follow === true && (await paused(signal)));
  } catch (error) {
    if (request.follow === true && signal.aborted) return;
    if (isAwsError(error, "ResourceNotFoundException")) throw notFound(functionName, group, logStream);
    throw error;
  }
}

/** False when the signal was aborted meanwhile. */
async function paused(signal: AbortSignal): Promise<boolean> {
  await delay(PAUSE, undefined, { signal }).catch(() => undefined);
  return !signal.aborted;
}

function notFound(functionName: string, group: string, stream: string | undefined): ScarError {
  if (stream !== undefined) {
    return new ScarError("LogStreamNotFound", `Unable to find the log stream '${stream}' of log group '${group}'`);
  }
  return new ScarError("LogGroupNotFound", `Unable to find the log group '${group}'`, {
    hint: `is there a function '${functionName}'? 'scar ls' lists yours`,
  });
}

/**
 * Keeps the lines from START to REPORT of one request. A stream belongs to one execution environment, which serves one request
 * at a time: so all lines in between are the request's, and those of other streams are not.
 */
export function requestFilter(requestId: string): (stream: string, message: string) => boolean {
  const open = new Set<string>();
  return (stream, message) => {
    const [, kind, id] = /^(START|REPORT) RequestId: (\S+)/.exec(message) ?? [];
    if (kind === "START") {
      if (id === requestId) open.add(stream);
      else open.delete(stream);
    }
    const kept = open.has(stream);
    if (kind === "REPORT" && id === requestId) open.delete(stream);
    return kept;
  };
}
