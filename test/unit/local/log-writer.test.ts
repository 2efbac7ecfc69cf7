import { PassThrough, Readable } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LogWriter, MAX_EVENT } from "../../../src/local/lambda/invoke/log-writer.ts";
import type { LogEvent } from "../../../src/local/service.ts";

/** A log in memory that takes its time. */
function memory(): {
  events: LogEvent[];
  append: (g: string, s: string, events: readonly LogEvent[]) => Promise<void>;
} {
  const events: LogEvent[] = [];
  return {
    events,
    async append(_group, _stream, more) {
      await new Promise(setImmediate);
      events.push(...more);
    },
  };
}

describe("LogWriter", () => {
  it("writes every line once, however the output is cut", async () => {
    const line = fc.string({ unit: "grapheme" }).map((text) => text.replaceAll("\n", " "));
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 20 }), fc.integer({ min: 1, max: 30 }), async (lines, size) => {
        const sink = memory();
        const log = new LogWriter(sink, "g", "s");
        const stdout = new PassThrough();
        log.attach(stdout);
        const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(""));
        for (let at = 0; at < bytes.length; at += size) stdout.write(bytes.subarray(at, at + size));
        await log.drain();
        await log.flush();
        expect(sink.events.map(({ message }) => message)).toEqual(lines.map((text) => `${text}\n`));
      }),
      { numRuns: 50 },
    );
  });

  it("cuts endless lines, and keeps the last 4 KB", async () => {
    const sink = memory();
    const log = new LogWriter(sink, "g", "s");
    const stdout = new PassThrough();
    log.attach(stdout);
    log.begin();
    log.line("START");
    stdout.write(Buffer.alloc(3 * MAX_EVENT + 10, "x"));
    await log.drain();
    log.line("END");
    await log.flush();
    expect(sink.events.map(({ message }) => message.length)).toEqual([6, MAX_EVENT, MAX_EVENT, MAX_EVENT, 10, 4]);
    const tail = log.tail().toString();
    expect(tail.length).toBe(4096);
    expect(tail.endsWith("xxEND\n")).toBe(true);
  });

  it.each([4097, 65_543, MAX_EVENT, 2 * MAX_EVENT])(
    "cuts no character of an endless line in two: chunks of %d",
    async (size) => {
      const sink = memory();
      const log = new LogWriter(sink, "g", "s");
      const stdout = new PassThrough({ highWaterMark: 2 * MAX_EVENT });
      log.attach(stdout);
      const text = `x${"日".repeat(MAX_EVENT)}\n`;
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; at += size) stdout.write(bytes.subarray(at, at + size));
      await log.drain();
      await log.flush();
      expect(sink.events.map(({ message }) => message).join("")).toBe(text);
      for (const { message } of sink.events) expect(Buffer.byteLength(message)).toBeLessThanOrEqual(MAX_EVENT);
    },
  );

  it("holds the function up while the log cannot keep up", async () => {
    let release = (): void => {};
    const blocked = new Promise<void>((resolve) => {
      release = resolve;
    });
    const log = new LogWriter({ append: () => blocked }, "g", "s");
    const stdout = new PassThrough();
    log.attach(stdout);
    for (let n = 0; n < 40; n++) stdout.write(Buffer.alloc(65_536, `${"x".repeat(1023)}\n`));
    while (!stdout.isPaused()) await new Promise(setImmediate);
    release();
    await log.drain();
    await log.flush();
    expect(stdout.isPaused()).toBe(false);
  });

  it("does not wait for what a function goes on writing after its answer", async () => {
    const sink = memory();
    const log = new LogWriter(sink, "g", "s");
    // Never ends, and has always something more.
    const endless = new Readable({ read: () => void endless.push("more\n".repeat(5000)) });
    log.attach(endless);
    await log.drain();
    log.line("END");
    await log.flush();
    endless.destroy();
    expect(sink.events.map(({ message }) => message)).toContain("END\n");
  });
});
