/**
 * One log stream on disk: a header line, then one JSON line for each event. Events lie in the order in which they came; a
 * stream that got an older event after a newer one is marked and sorted when it is read.
 */
import { closeSync, createReadStream, existsSync, fstatSync, openSync, readSync, truncateSync } from "node:fs";
import { appendFile, truncate, writeFile } from "node:fs/promises";
import type { LogEvent } from "../service.ts";
import { damaged } from "../state-file.ts";

/** Distance of the entries of the index, in bytes. */
const INDEX_STEP = 64 * 1024;
const NEWLINE = 0x0a;

interface Header {
  readonly name: string;
  /** ms since the epoch. */
  readonly created: number;
}

/** Where an event stands among all of its stream: by time, then by place in the file. */
export interface Position {
  readonly timestamp: number;
  readonly offset: number;
}

export interface StoredEvent extends LogEvent, Position {
  readonly ingestionTime: number;
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
      if (size > headerSize)
        stream.#takeFacts(parse(lineAt(file, headerSize, size)!, headerSize), lastLine(file, size));
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

  #takeFacts(first: StoredEvent, last: StoredEvent): void {
    this.#first = Math.min(first.timestamp, last.timestamp);
    this.#last = Math.max(first.timestamp, last.timestamp);
    this.#lastIngestion = last.ingestionTime;
    // The first and the last event do not bound the others' times.
    if (!this.#sorted) [this.#first, this.#last] = [0, Number.MAX_SAFE_INTEGER];
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
    await appendFile(this.#path, text).catch(async (error: unknown) => {
      // Disk full: no half line may stay before the next one.
      await truncate(this.#path, this.#size);
      throw error;
    });
    this.#note({ timestamp: events[0]!.timestamp, offset: this.#size });
    this.#size += Buffer.byteLength(text);
    this.#first = first;
    this.#last = last;
    this.#lastIngestion = now;
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

export function comparePositions(a: Position, b: Position): number {
  return a.timestamp - b.timestamp || a.offset - b.offset;
}

function parse(line: Buffer, offset: number): StoredEvent {
  const [timestamp, ingestionTime, message] = JSON.parse(line.toString("utf8")) as [number, number, string];
  return { timestamp, ingestionTime, message, offset };
}

/** Size up to and with the last newline. */
function wholeSize(file: number): number {
  const size = fstatSync(file).size;
  const start = newlineBefore(file, size);
  return start < 0 ? 0 : start + 1;
}

function lastLine(file: number, size: number): StoredEvent {
  const offset = newlineBefore(file, size - 1) + 1;
  return parse(lineAt(file, offset, size)!, offset);
}

/** Offset of the last newline before `end`; -1 when there is none. */
function newlineBefore(file: number, end: number): number {
  const block = Buffer.alloc(INDEX_STEP);
  for (let to = end; to > 0; ) {
    const from = Math.max(0, to - block.length);
    const length = readSync(file, block, 0, to - from, from);
    const at = block.subarray(0, length).lastIndexOf(NEWLINE);
    if (at >= 0) return from + at;
    to = from;
  }
  return -1;
}

/** The line that begins at `offset`, without its newline; undefined when the file ends before it does. */
function lineAt(file: number, offset: number, size: number): Buffer | undefined {
  const blocks: Buffer[] = [];
  for (let at = offset; at < size; ) {
    const block = Buffer.alloc(Math.min(INDEX_STEP, size - at));
    const length = readSync(file, block, 0, block.length, at);
    const end = block.subarray(0, length).indexOf(NEWLINE);
    blocks.push(block.subarray(0, end < 0 ? length : end));
    if (end >= 0) return Buffer.concat(blocks);
    at += length;
  }
  return undefined;
}
