/** Events of several streams in the order of time, reading as little as the caller takes. */
import { compareText } from "./group-store.ts";
import type { Position, StoredEvent, StreamFile } from "./stream-file.ts";

/** Where an event stands among all of its group. */
export interface GroupPosition extends Position {
  readonly stream: string;
}

export interface GroupEvent extends StoredEvent {
  readonly stream: string;
}

export interface Range {
  /** ms since the epoch, inclusive. */
  readonly from: number;
  /** Inclusive. */
  readonly to: number;
  /** Only what comes after it. */
  readonly after?: GroupPosition;
}

/** A stream is opened when its first event can be next and closed after its last: few are open at once. */
export async function* mergeStreams(streams: readonly StreamFile[], range: Range): AsyncGenerator<GroupEvent> {
  const closed = streams
    .filter((stream) => overlaps(stream, range))
    .sort((a, b) => b.facts().first! - a.facts().first!);
  const open: { readonly events: AsyncGenerator<GroupEvent>; next: GroupEvent }[] = [];
  try {
    for (;;) {
      while (closed.length > 0 && (open.length === 0 || closed.at(-1)!.facts().first! <= open[0]!.next.timestamp)) {
        const events = eventsOf(closed.pop()!, range);
        const { value, done } = await events.next();
        if (!done) insert(open, { events, next: value });
      }
      const head = open.shift();
      if (!head) return;
      if (head.next.timestamp > range.to) {
        await head.events.return(undefined);
        continue;
      }
      yield head.next;
      const { value, done } = await head.events.next();
      if (!done) insert(open, { events: head.events, next: value });
    }
  } finally {
    for (const { events } of open) await events.return(undefined);
  }
}

function overlaps(stream: StreamFile, { from, to, after }: Range): boolean {
  const { first, last } = stream.facts();
  return first !== undefined && first <= to && last! >= Math.max(from, after?.timestamp ?? from);
}

async function* eventsOf(stream: StreamFile, { from, after }: Range): AsyncGenerator<GroupEvent> {
  for await (const event of stream.read(from, after && positionIn(stream.name, after))) {
    yield { ...event, stream: stream.name };
  }
}

/** The group's position as one of this stream: events of the same time are ordered by their stream's name. */
function positionIn(stream: string, after: GroupPosition): Position {
  const order = compareText(stream, after.stream);
  const offset = order === 0 ? after.offset : order < 0 ? Number.POSITIVE_INFINITY : -1;
  return { timestamp: after.timestamp, offset };
}

function insert<T extends { next: GroupEvent }>(open: T[], item: T): void {
  let [low, high] = [0, open.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareEvents(open[middle]!.next, item.next) < 0) low = middle + 1;
    else high = middle;
  }
  open.splice(low, 0, item);
}

function compareEvents(a: GroupEvent, b: GroupEvent): number {
  return a.timestamp - b.timestamp || compareText(a.stream, b.stream) || a.offset - b.offset;
}
