/**
 * One log stream on disk: a header line, then one JSON line for each event. Events lie in the order in which they came; a
 * stream that got an older event after a newer one is marked and sorted when it is read.
 */
import {
  appendFileSync,
  closeSync,
  constants,
  createReadStream,
  existsSync,
  fstatSync,
  openSync,
  truncateSync,
} from "node:fs";
import { appendFile, rm, truncate, writeFile } from "node:fs/promises";
import type { LogEvent } from "../service.ts";
import { damaged } from "../state-file.ts";
import {
  lastLine,
  lineAt,
  NEWLINE,
  type Position,
  parse,
  type StoredEvent,
  timesIn,
  wholeSize,
} from "./stream-lines.ts";

export type { Position, StoredEvent } from "./stream-lines.ts";

/** Distance of the entries of the index, in bytes. */
const INDEX_STEP = 64 * 1024;

/** To a file that is there: that of a stream which was deleted meanwhile is not to come back, without its header. */
const APPEND = constants.O_WRONLY | constants.O_APPEND;

/** Up to here (characters) the thread pool's three round trips cost more than the bytes. */
const SMALL_APPEND = 16 * 1024;

interface Header {
  readonly name: string;
  /** ms since the epoch. */
  readonly created: number;
}

export interface StreamFacts {
  readonly created: number;
  readonly bytes: number;
  /** Undefined while there is no event. */
  readonly first?: number;
  readonly last?: number;
  readonly lastIngestion?: number;
}

export class StreamFile {
  readonly #path: string;
  readonly #created: number;
  readonly #headerSize: number;
  readonly name: string;
  #size: number;
  #first: number | undefined;
  #last: number | undefined;
  #lastIngestion: number | undefined;
  #sorted: boolean;
  /** Beginnings of lines with their times, ascending; not every part of the file is covered. */
  readonly #index: Position[] = [];
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, header: Header, headerSize: number, size: number) {
    this.#path = path;
    this.name = header.name;
    this.#created = header.created;
    this.#headerSize = headerSize;
    this.#size = size;
    this.#sorted = !existsSync(`${path}.unsorted`);
  }

  static async create(path: string, name: string): Promise<StreamFile> {
    const header: Header = { name, created: Date.now() };
    const line = `${JSON.stringify(header)}\n`;
    await writeFile(path, line, { mode: 0o600 });
    const size = Buffer.byteLength(line);
    return new StreamFile(path, header, size, size);
  }

  /**
   * Takes up a file of the server before; a line that a crash cut short is removed. Undefined: its creation was cut short. Throws
   * ScarError `StateFileDamaged`.
   */
  static open(path: string): StreamFile | undefined {
    const file = openSync(path, "r");
    try {
      const size = wholeSize(file);
      const headerLine = lineAt(file, 0, size);
      if (headerLine === undefined) return undefined;
      if (size < fstatSync(file).size) truncateSync(path, size);
      const headerSize = headerLine.length + 1;
      const stream = new StreamFile(path, JSON.parse(headerLine.toString("utf8")) as Header, headerSize, size);
      if (size > headerSize) stream.#takeFacts(file);
      return stream;
    } catch (error) {
      throw error instanceof SyntaxError ? damaged(path, error) : error;
    } finally {
      closeSync(file);
    }
  }

  facts(): StreamFacts {
    return {
      created: this.#created,
      bytes: this.#size - this.#headerSize,
      ...(this.#first === undefined
        ? {}
        : { first: this.#first, last: this.#last!, lastIngestion: this.#lastIngestion! }),
    };
  }

  /** Resolves when the events are in the file. */
  append(events: readonly LogEvent[]): Promise<void> {
    const write = this.#writing.then(() => this.#write(events));
    this.#writing = write.catch(() => {});
    return write;
  }

  /** Empties the stream when all its events are older than that (ms since the epoch). */
  expire(before: number): Promise<void> {
    const write = this.#writing.then(() => this.#empty(before));
    this.#writing = write.catch(() => {});
    return write;
  }

  /** Events in the order of time; those after `after` alone, and none before `from`. */
  async *read(from: number, after?: Position): AsyncGenerator<StoredEvent> {
    await this.#writing;
    if (this.#last === undefined || this.#last < from) return;
    const start = Math.max(from, after?.timestamp ?? from);
    const events = this.#sorted ? this.#lines(this.#startOf(start)) : await this.#sortedEvents();
    for await (const event of events) {
      if (event.timestamp < from) continue;
      if (after && comparePositions(event, after) <= 0) continue;
      yield event;
    }
  }

  /** What the file tells of its events: the first and the last where they are sorted, else all. */
  #takeFacts(file: number): void {
    const last = lastLine(file, this.#size);
    const times = this.#sorted
      ? [parse(lineAt(file, this.#headerSize, this.#size)!, this.#headerSize).timestamp, last.timestamp]
      : timesIn(file);
    this.#first = times.reduce((a, b) => Math.min(a, b));
    this.#last = times.reduce((a, b) => Math.max(a, b));
    this.#lastIngestion = last.ingestionTime;
  }

  async #write(events: readonly LogEvent[]): Promise<void> {
    if (events.length === 0) return;
    const now = Date.now();
    const text = events.map(({ timestamp, message }) => `${JSON.stringify([timestamp, now, message])}\n`).join("");
    let last = this.#last ?? Number.NEGATIVE_INFINITY;
    let first = this.#first ?? Number.POSITIVE_INFINITY;
    for (const { timestamp } of events) {
      if (timestamp < last && this.#sorted) {
        await writeFile(`${this.#path}.unsorted`, "");
        this.#sorted = false;
      }
      last = Math.max(last, timestamp);
      first = Math.min(first, timestamp);
    }
    try {
      if (text.length <= SMALL_APPEND) appendNow(this.#path, text);
      else await appendFile(this.#path, text, { flag: APPEND });
    } catch (error) {
      // Disk full: no half line may stay before the next one.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") await truncate(this.#path, this.#size);
      throw error;
    }
    this.#note({ timestamp: events[0]!.timestamp, offset: this.#size });
    this.#size += Buffer.byteLength(text);
    this.#first = first;
    this.#last = last;
    this.#lastIngestion = now;
  }

  async #empty(before: number): Promise<void> {
    if (this.#last === undefined || this.#last >= before) return;
    await truncate(this.#path, this.#headerSize);
    await rm(`${this.#path}.unsorted`, { force: true });
    this.#size = this.#headerSize;
    this.#first = this.#last = this.#lastIngestion = undefined;
    this.#sorted = true;
    this.#index.length = 0;
  }

  #note(position: Position): void {
    const last = this.#index.at(-1)?.offset ?? this.#headerSize;
    if (this.#sorted && position.offset >= last + INDEX_STEP) this.#index.push(position);
  }

  /** Offset of a line at or before the first event of that time. */
  #startOf(timestamp: number): number {
    let [low, high] = [0, this.#index.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#index[middle]!.timestamp < timestamp) low = middle + 1;
      else high = middle;
    }
    return this.#index[low - 1]?.offset ?? this.#headerSize;
  }

  async *#lines(start: number): AsyncGenerator<StoredEvent> {
    // What is appended while it is read is left to the next reader.
    const end = this.#size - 1;
    if (start > end) return;
    let offset = start;
    let rest: Buffer = Buffer.alloc(0);
    for await (const chunk of createReadStream(this.#path, { start, end }) as AsyncIterable<Buffer>) {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      for (let at = rest.indexOf(NEWLINE); at >= 0; at = rest.indexOf(NEWLINE)) {
        const event = this.#event(rest.subarray(0, at), offset);
        this.#note(event);
        offset += at + 1;
        rest = rest.subarray(at + 1);
        yield event;
      }
    }
  }

  #event(line: Buffer, offset: number): StoredEvent {
    try {
      return parse(line, offset);
    } catch (error) {
      throw damaged(`${this.#path}, byte ${offset},`, error);
    }
  }

  async #sortedEvents(): Promise<StoredEvent[]> {
    const events: StoredEvent[] = [];
    for await (const event of this.#lines(this.#headerSize)) events.push(event);
    return events.sort(comparePositions);
  }
}

function appendNow(path: string, text: string): void {
  const file = openSync(path, APPEND);
  try {
    appendFileSync(file, text);
  } finally {
    closeSync(file);
  }
}

export function comparePositions(a: Position, b: Position): number {
  return a.timestamp - b.timestamp || a.offset - b.offset;
}
