/** Reading events: of one stream, or of a whole group in the order of time. */
import { notServed } from "../../service.ts";
import type { Group } from "../group-store.ts";
import { answer, type Input, invalid, limit, notFound, number, text } from "../input.ts";
import { type GroupEvent, type GroupPosition, mergeStreams } from "../merge.ts";
import { compilePattern } from "../pattern/compile.ts";
import { comparePositions, type Position, type StoredEvent, type StreamFile } from "../stream-file.ts";
import { type Operation, requireGroup, requireStream } from "./context.ts";

const MAX_EVENTS = 10_000;
/** A page holds no more text than that, in bytes (one event at least). */
const MAX_BYTES = 1_048_576;
const END_OF_TIME = Number.MAX_SAFE_INTEGER;

export const filterLogEvents: Operation = async (context, input) => {
  const group = requireGroup(context, input);
  const matches = compilePattern(text(input, "filterPattern") ?? "");
  const most = limit(input, "limit", MAX_EVENTS);
  const token = text(input, "nextToken");
  const after = token === undefined ? undefined : readGroupToken(token);
  if (input["startFromHead"] === false && token === undefined) {
    throw notServed("FilterLogEvents with the latest events first (startFromHead false)");
  }
  const range = {
    from: Math.max(number(input, "startTime") ?? 0, group.horizon),
    to: number(input, "endTime") ?? END_OF_TIME,
    ...(after ? { after } : {}),
  };
  const events: GroupEvent[] = [];
  let bytes = 0;
  let last: GroupPosition | undefined;
  let more = false;
  for await (const event of mergeStreams(chosenStreams(group, input), range)) {
    if (!matches(event.message)) continue;
    bytes += Buffer.byteLength(event.message);
    more = events.length === most || (events.length > 0 && bytes > MAX_BYTES);
    if (more) break;
    events.push(event);
    last = event;
  }
  return answer({
    events: events.map((event) => ({
      logStreamName: event.stream,
      timestamp: event.timestamp,
      message: event.message,
      ingestionTime: event.ingestionTime,
      eventId: eventId(event),
    })),
    searchedLogStreams: [],
    ...(more ? { nextToken: groupToken(last!) } : {}),
  });
};

export const getLogEvents: Operation = async (context, input) => {
  const group = requireGroup(context, input);
  const stream = requireStream(group, input);
  const most = limit(input, "limit", MAX_EVENTS);
  const token = text(input, "nextToken");
  const [direction, mark] =
    token === undefined ? [input["startFromHead"] === true ? "f" : "b"] : readStreamToken(token);
  const range = {
    from: Math.max(number(input, "startTime") ?? 0, group.horizon),
    before: number(input, "endTime") ?? END_OF_TIME,
  };
  const events =
    direction === "f"
      ? await head(stream, range, most, mark)
      : await tail(stream, range, most, token === undefined ? undefined : mark);
  // At an end the token of that direction stays the same, which is how callers see it.
  const first = events[0] ?? mark ?? { timestamp: 0, offset: 0 };
  const last = events.at(-1) ?? mark ?? { timestamp: 0, offset: 0 };
  return answer({
    events: events.map(({ timestamp, message, ingestionTime }) => ({ timestamp, message, ingestionTime })),
    nextForwardToken: streamToken("f", last),
    nextBackwardToken: streamToken("b", first),
  });
};

interface StreamRange {
  readonly from: number;
  /** Exclusive. */
  readonly before: number;
}

async function head(stream: StreamFile, range: StreamRange, most: number, after?: Position): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  let bytes = 0;
  for await (const event of stream.read(range.from, after)) {
    bytes += Buffer.byteLength(event.message);
    const full = events.length === most || (events.length > 0 && bytes > MAX_BYTES);
    if (full || event.timestamp >= range.before) break;
    events.push(event);
  }
  return events;
}

/** The last events before a position. */
async function tail(stream: StreamFile, range: StreamRange, most: number, before?: Position): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  let bytes = 0;
  for await (const event of stream.read(range.from)) {
    if (event.timestamp >= range.before || (before && comparePositions(event, before) >= 0)) break;
    events.push(event);
    bytes += Buffer.byteLength(event.message);
    while (events.length > most || (events.length > 1 && bytes > MAX_BYTES)) {
      bytes -= Buffer.byteLength(events.shift()!.message);
    }
  }
  return events;
}

function chosenStreams(group: Group, input: Input): StreamFile[] {
  const names: unknown = input["logStreamNames"];
  const prefix = text(input, "logStreamNamePrefix");
  if (names !== undefined && prefix !== undefined) {
    throw invalid("The parameters logStreamNames and logStreamNamePrefix cannot be used together.");
  }
  if (names === undefined) return group.streams().filter(({ name }) => name.startsWith(prefix ?? ""));
  if (!Array.isArray(names) || names.length < 1 || names.length > 100)
    throw invalid("logStreamNames holds 1 to 100 names");
  return names.map((name: unknown) => {
    const stream = group.stream(String(name));
    if (!stream) throw notFound("stream");
    return stream;
  });
}

/** Digits alone, the same for the same event. */
function eventId({ timestamp, stream, offset }: GroupEvent): string {
  let hash = 0x811c9dc5;
  for (const unit of Buffer.from(stream)) hash = Math.imul(hash ^ unit, 0x01000193) >>> 0;
  const parts = [String(timestamp).padStart(16, "0"), String(hash).padStart(20, "0"), String(offset).padStart(20, "0")];
  return parts.join("");
}

function groupToken({ timestamp, offset, stream }: GroupPosition): string {
  return Buffer.from(JSON.stringify([timestamp, offset, stream])).toString("base64url");
}

function readGroupToken(token: string): GroupPosition {
  try {
    const [timestamp, offset, stream] = JSON.parse(Buffer.from(token, "base64url").toString("utf8")) as unknown[];
    if (typeof timestamp === "number" && typeof offset === "number" && typeof stream === "string") {
      return { timestamp, offset, stream };
    }
  } catch {
    // Said below.
  }
  throw invalid("The specified nextToken is invalid.");
}

const streamToken = (direction: "f" | "b", { timestamp, offset }: Position): string =>
  `${direction}/${timestamp}:${offset}`;

function readStreamToken(token: string): ["f" | "b", Position] {
  const match = /^([fb])\/(\d+):(\d+)$/.exec(token);
  if (!match) throw invalid("The specified nextToken is invalid.");
  return [match[1] as "f" | "b", { timestamp: Number(match[2]), offset: Number(match[3]) }];
}
