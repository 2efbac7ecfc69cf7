/** Log streams: made, listed, deleted, written. */
import type { LogEvent } from "../../service.ts";
import { compareText } from "../group-store.ts";
import { answer, done, exists, type Input, invalid, limit, text } from "../input.ts";
import type { StreamFile } from "../stream-file.ts";
import { groupArn, type Operation, requireGroup, requireStream, streamName } from "./context.ts";
import { pageOf } from "./page.ts";

/** Limits of one PutLogEvents; each event counts 26 bytes more than its text. */
const BATCH = { events: 10_000, bytes: 1_048_576, eventBytes: 1_048_576, overhead: 26 } as const;
/** Events older or newer than that, in ms, are rejected. */
const OLDEST = 14 * 24 * 3_600_000;
const NEWEST = 2 * 3_600_000;
/** Most that the others of one batch may lie apart, in ms. */
const SPAN = 24 * 3_600_000;

export const createLogStream: Operation = async (context, input) => {
  const group = requireGroup(context, input);
  const name = streamName(input);
  if (group.stream(name)) throw exists("stream");
  await group.createStream(name);
  return done;
};

export const deleteLogStream: Operation = async (context, input) => {
  const group = requireGroup(context, input);
  group.deleteStream(requireStream(group, input).name);
  return done;
};

export const describeLogStreams: Operation = async (context, input) => {
  const group = requireGroup(context, input);
  const prefix = text(input, "logStreamNamePrefix") ?? "";
  const order = text(input, "orderBy") ?? "LogStreamName";
  if (order !== "LogStreamName" && order !== "LastEventTime") {
    throw invalid(
      `1 validation error detected: Value '${order}' at 'orderBy' failed to satisfy constraint: Member must satisfy enum value set: [LogStreamName, LastEventTime]`,
    );
  }
  const byTime = order === "LastEventTime";
  if (byTime && prefix !== "") throw invalid("Cannot order by LastEventTime with a logStreamNamePrefix.");
  const found = group.streams().filter(({ name }) => name.startsWith(prefix));
  if (byTime) found.sort((a, b) => (a.facts().last ?? 0) - (b.facts().last ?? 0) || compareText(a.name, b.name));
  if (input["descending"] === true) found.reverse();
  const { items, nextToken } = pageOf(found, text(input, "nextToken"), limit(input, "limit", 50));
  const arn = groupArn(context.settings, group.record.name);
  return answer({ logStreams: items.map((stream) => describe(arn, stream)), nextToken });
};

export const putLogEvents: Operation = async (context, input) => {
  const group = requireGroup(context, input);
  const stream = requireStream(group, input);
  const events = readEvents(input);
  const now = Date.now();
  /** Events come in the order of time: those before an index are the older ones. */
  const firstFrom = (time: number): number => {
    const found = events.findIndex(({ timestamp }) => timestamp >= time);
    return found < 0 ? events.length : found;
  };
  const [tooOld, expired] = [firstFrom(now - OLDEST), firstFrom(group.horizon)];
  const tooNew = firstFrom(now + NEWEST + 1);
  const kept = events.slice(Math.max(tooOld, expired), tooNew);
  if (kept.length > 0 && kept.at(-1)!.timestamp - kept[0]!.timestamp > SPAN) {
    throw invalid("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.");
  }
  await stream.append(kept);
  const rejected = {
    ...(tooOld > 0 && { tooOldLogEventEndIndex: tooOld }),
    ...(expired > tooOld && { expiredLogEventEndIndex: expired }),
    ...(tooNew < events.length && { tooNewLogEventStartIndex: tooNew }),
  };
  return answer({
    // Kept by AWS for old clients; any value is accepted.
    nextSequenceToken: String(stream.facts().bytes).padStart(56, "0"),
    ...(Object.keys(rejected).length > 0 ? { rejectedLogEventsInfo: rejected } : {}),
  });
};

function readEvents(input: Input): LogEvent[] {
  const list: unknown = input["logEvents"];
  if (!Array.isArray(list) || list.length < 1 || list.length > BATCH.events) {
    throw invalid(
      `1 validation error detected: Value at 'logEvents' failed to satisfy constraint: Member must have length between 1 and ${BATCH.events}`,
    );
  }
  let bytes = 0;
  let last = 0;
  return list.map((entry: Partial<LogEvent> | null) => {
    const { timestamp, message } = entry ?? {};
    if (typeof timestamp !== "number" || !Number.isInteger(timestamp) || timestamp < 0)
      throw invalid("An event's timestamp is missing or wrong");
    if (typeof message !== "string" || message === "") throw invalid("An event's message is missing or empty");
    const size = Buffer.byteLength(message) + BATCH.overhead;
    bytes += size;
    if (size > BATCH.eventBytes)
      throw invalid(`Log event too large: ${size} bytes exceeds limit of ${BATCH.eventBytes}`);
    if (bytes > BATCH.bytes) throw invalid(`Upload too large: ${bytes} bytes exceeds limit of ${BATCH.bytes}`);
    if (timestamp < last) throw invalid("Log events in a single PutLogEvents request must be in chronological order.");
    last = timestamp;
    return { timestamp, message };
  });
}

function describe(groupArn: string, stream: StreamFile): Record<string, unknown> {
  const { created, first, last, lastIngestion } = stream.facts();
  return {
    logStreamName: stream.name,
    creationTime: created,
    ...(first === undefined
      ? {}
      : { firstEventTimestamp: first, lastEventTimestamp: last, lastIngestionTime: lastIngestion }),
    arn: `${groupArn}:log-stream:${stream.name}`,
    storedBytes: 0,
  };
}
