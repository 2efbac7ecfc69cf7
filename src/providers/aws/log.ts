/** Events of a function's log group, in time order, page by page. */
import { paginateFilterLogEvents } from "@aws-sdk/client-cloudwatch-logs";
import { ScarError } from "../../errors.ts";
import { logGroupName } from "./arn.ts";
import type { AwsClients } from "./clients.ts";
import { isAwsError } from "./errors.ts";

export interface LogRequest {
  readonly functionName: string;
  /** One stream alone. */
  readonly logStream?: string | undefined;
  /** Only the lines of one invocation. */
  readonly requestId?: string | undefined;
  readonly signal: AbortSignal;
}

/** Yields messages without their last newline. Throws `LogGroupNotFound`. */
export async function* logMessages(clients: AwsClients, request: LogRequest): AsyncGenerator<string> {
  const { functionName, logStream, requestId } = request;
  const group = logGroupName(functionName);
  const pages = paginateFilterLogEvents(
    { client: await clients.logs() },
    { logGroupName: group, ...(logStream === undefined ? {} : { logStreamNames: [logStream] }) },
  );
  const wanted = requestId === undefined ? () => true : requestFilter(requestId);
  try {
    for await (const page of pages) {
      request.signal.throwIfAborted();
      for (const { message = "", logStreamName = "" } of page.events ?? []) {
        if (wanted(logStreamName, message)) yield message.replace(/\r?\n$/, "");
      }
    }
  } catch (error) {
    if (isAwsError(error, "ResourceNotFoundException")) throw notFound(functionName, group, logStream);
    throw error;
  }
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
