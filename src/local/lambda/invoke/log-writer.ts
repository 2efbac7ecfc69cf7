/**
 * Log of one execution environment: what the function writes, line by line, with Lambda's START, END and REPORT around each
 * invocation. Memory is bounded: long lines are cut, and the function waits when the log cannot keep up.
 */
import type { Readable } from "node:stream";
import type { LogEvent, LogSink } from "../../service.ts";

/** CloudWatch's limit for one event, in bytes. */
export const MAX_EVENT = 262_144;
/** Bytes that may wait for the log service before the function is held up. */
const HIGH_WATER = 1024 * 1024;
/** Far more than two pipes of a function can hold, in bytes. */
const IN_PIPES = 4 * 1024 * 1024;
const TAIL = 4096;
const NEWLINE = 0x0a;

export class LogWriter {
  readonly #sink: LogSink;
  readonly #group: string;
  readonly #stream: string;
  readonly #sources: Readable[] = [];
  readonly #partial = new Map<Readable, Buffer>();
  #events: LogEvent[] = [];
  #waiting = 0;
  #writing: Promise<void> | undefined;
  /** Events so far: those that came, and those that are with the log service. */
  #came = 0;
  #written = 0;
  /** Who waits for the log service to have that many. */
  #flushes: { readonly events: number; readonly done: () => void }[] = [];
  #received = 0;
  #tail: Buffer[] = [];
  #tailLength = 0;
  /** Last text that came, for the message of a process that ended. */
  lastLine = "";

  constructor(sink: LogSink, group: string, stream: string) {
    this.#sink = sink;
    this.#group = group;
    this.#stream = stream;
  }

  /** Follows a function's stdout or stderr. */
  attach(source: Readable): void {
    this.#sources.push(source);
    source.on("data", (chunk: Buffer) => this.#take(source, chunk));
    source.on("end", () => this.#endLine(source));
    source.on("error", () => {});
  }

  /** A line of the platform's own (START, END, REPORT). */
  line(text: string): void {
    this.#push(Buffer.from(text.endsWith("\n") ? text : `${text}\n`));
  }

  /** Forgets the tail: an invocation begins. */
  begin(): void {
    this.#tail = [];
    this.#tailLength = 0;
  }

  /**
   * Waits until everything is read that the function wrote before it answered: it lies in the pipes, which are read only after
   * the answer where both came at once. Not for what a process that the function left running goes on writing. Ends the lines that
   * were not ended.
   */
  async drain(): Promise<void> {
    const enough = this.#received + IN_PIPES;
    let before: number;
    do {
      before = this.#received;
      // Held up, it reads nothing: more may lie there.
      if (this.#waiting > HIGH_WATER) await this.flush();
      await new Promise(setImmediate);
      await new Promise(setImmediate);
    } while (this.#received !== before && this.#received < enough);
    for (const source of this.#sources) this.#endLine(source);
  }

  tail(): Buffer {
    const bytes = Buffer.concat(this.#tail);
    return bytes.subarray(Math.max(0, bytes.length - TAIL));
  }

  /** All lines that came until now are with the log service. */
  flush(): Promise<void> {
    const events = this.#came;
    if (this.#written >= events) return Promise.resolve();
    return new Promise((done) => this.#flushes.push({ events, done }));
  }

  #take(source: Readable, chunk: Buffer): void {
    this.#received += chunk.length;
    const before = this.#partial.get(source);
    let rest = before ? Buffer.concat([before, chunk]) : chunk;
    for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
      this.#push(rest.subarray(0, end + 1));
      rest = rest.subarray(end + 1);
    }
    while (rest.length > MAX_EVENT) {
      const end = eventEnd(rest, 0);
      this.#event(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
    if (rest.length > 0) this.#partial.set(source, Buffer.from(rest));
    else this.#partial.delete(source);
  }

  #endLine(source: Readable): void {
    const rest = this.#partial.get(source);
    if (rest === undefined) return;
    this.#partial.delete(source);
    this.#push(rest);
  }

  #push(line: Buffer): void {
    for (let at = 0; at < line.length; ) {
      const end = eventEnd(line, at);
      this.#event(line.subarray(at, end));
      at = end;
    }
  }

  #event(bytes: Buffer): void {
    this.#tail.push(Buffer.from(bytes.subarray(Math.max(0, bytes.length - TAIL))));
    this.#tailLength += Math.min(bytes.length, TAIL);
    while (this.#tailLength - this.#tail[0]!.length >= TAIL) this.#tailLength -= this.#tail.shift()!.length;
    const message = bytes.toString("utf8");
    if (message.trim() !== "") this.lastLine = message.trim();
    this.#events.push({ timestamp: Date.now(), message });
    this.#came += 1;
    this.#waiting += bytes.length;
    if (this.#waiting > HIGH_WATER) for (const source of this.#sources) source.pause();
    this.#writing ??= this.#write();
  }

  async #write(): Promise<void> {
    // What comes in the same turn of the event loop is written at once.
    await new Promise(setImmediate);
    while (this.#events.length > 0) {
      const events = this.#events;
      const bytes = this.#waiting;
      this.#events = [];
      // A log that cannot be written (disk full) must not end the function.
      await this.#sink.append(this.#group, this.#stream, events).catch(() => {});
      this.#waiting -= bytes;
      this.#written += events.length;
      for (const { done } of this.#flushes.filter((flush) => flush.events <= this.#written)) done();
      this.#flushes = this.#flushes.filter((flush) => flush.events > this.#written);
      if (this.#waiting <= HIGH_WATER) for (const source of this.#sources) source.resume();
    }
    this.#writing = undefined;
  }
}

/** Where the event that begins at `start` ends; not within a character of UTF-8, whose bytes would be lost. */
function eventEnd(bytes: Buffer, start: number): number {
  const limit = start + MAX_EVENT;
  if (limit >= bytes.length) return bytes.length;
  for (let end = limit; end > limit - 4; end--) if ((bytes[end]! & 0xc0) !== 0x80) return end;
  return limit;
}
