import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Invocation, Outcome } from "../../../src/local/lambda/invoke/invocation.ts";
import { EventQueue, type QueuePorts } from "../../../src/local/lambda/invoke/queue.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "scar-queue-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const OUTCOME: Outcome = { payload: Buffer.from("null"), failed: false, logTail: Buffer.alloc(0) };

/** A function in memory that notes what it is given and answers when it is told to. */
function stand(state: QueuePorts["state"] = () => "ready", parallel = 2) {
  const seen: { payload: string; requestId: string }[] = [];
  const waiting: (() => void)[] = [];
  const queue = new EventQueue({
    folder,
    parallel,
    state,
    run: (_name: string, { payload, requestId }: Invocation) => {
      seen.push({ payload: payload.toString(), requestId });
      return new Promise<Outcome>((resolve) => waiting.push(() => resolve(OUTCOME)));
    },
  });
  const answerAll = (): void => {
    for (const answer of waiting.splice(0)) answer();
  };
  return { queue, seen, answerAll };
}

const files = (): string[] => readdirSync(join(folder, "f"));

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}

describe("EventQueue", () => {
  it("serves in order, not more at once than it may, and forgets what is done", async () => {
    const { queue, seen, answerAll } = stand();
    for (let n = 0; n < 3000; n++) await queue.add("f", Buffer.from(String(n)), `id-${n}`);
    expect(seen.map(({ payload }) => payload)).toEqual(["0", "1"]);
    expect(files().length).toBe(3000);
    while (seen.length < 3000) {
      answerAll();
      await new Promise(setImmediate);
    }
    answerAll();
    await until(() => files().length === 0);
    expect(seen.map(({ payload }) => payload)).toEqual(Array.from({ length: 3000 }, (_, n) => String(n)));
    expect(seen[7]!.requestId).toBe("id-7");
  });

  it("hands what was under way and what waited to the next server", async () => {
    const first = stand();
    for (const text of ["a", "b", "c"]) await first.queue.add("f", Buffer.from(text), `id-${text}`);
    first.queue.close();
    const second = stand(undefined, 8);
    second.queue.resume();
    await until(() => second.seen.length === 3);
    // Their files are read side by side: the order is not promised.
    const byPayload = second.seen.sort((a, b) => a.payload.localeCompare(b.payload));
    expect(byPayload).toEqual(["a", "b", "c"].map((payload) => ({ payload, requestId: `id-${payload}` })));
  });

  it("waits for a function that is not ready, and drops the events of one that is gone", async () => {
    let state: ReturnType<QueuePorts["state"]> = "pending";
    const { queue, seen, answerAll } = stand(() => state);
    await queue.add("f", Buffer.from("early"));
    expect(seen).toEqual([]);
    state = "ready";
    queue.pump("f");
    await until(() => seen.length === 1);
    answerAll();
    await until(() => files().length === 0);
    state = "gone";
    await queue.add("f", Buffer.from("late"));
    await until(() => readdirSync(folder).length === 0);
    expect(seen.length).toBe(1);
  });
});
