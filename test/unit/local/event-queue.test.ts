import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Backlog } from "../../../src/local/lambda/invoke/backlog.ts";
import { eventFileName } from "../../../src/local/lambda/invoke/event-file.ts";
import type { Invocation, Outcome } from "../../../src/local/lambda/invoke/invocation.ts";
import { EventQueue, type FinishedEvent, type QueuePorts } from "../../../src/local/lambda/invoke/queue.ts";
import type { RetryRules } from "../../../src/local/lambda/invoke/retry.ts";
import { AwsError } from "../../../src/local/service.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "scar-queue-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const OUTCOME: Outcome = {
  payload: Buffer.from("null"),
  failed: false,
  logTail: Buffer.alloc(0),
  logged: Promise.resolve(),
};

const RULES: RetryRules = { maximumRetryAttempts: 2, maximumEventAge: 21_600, disabled: false, timeScale: 0.001 };

interface Stand {
  readonly state?: QueuePorts["state"];
  readonly parallel?: number;
  readonly rules?: Partial<RetryRules>;
}

/** A function in memory that notes what it is given and answers when it is told to. */
function stand({ state = () => "ready", parallel = 2, rules = {} }: Stand = {}) {
  const seen: { payload: string; requestId: string }[] = [];
  const waiting: { resolve: (outcome: Outcome) => void; reject: (error: unknown) => void }[] = [];
  const over: FinishedEvent[] = [];
  const queue = new EventQueue({
    folder,
    parallel: () => parallel,
    state,
    rules: () => ({ ...RULES, ...rules }),
    over: async (_name, event) => {
      over.push(event);
    },
    run: (_name: string, { payload, requestId }: Invocation) => {
      seen.push({ payload: payload.toString(), requestId });
      return new Promise<Outcome>((resolve, reject) => waiting.push({ resolve, reject }));
    },
  });
  const answerAll = (failed = false, logged = OUTCOME.logged): void => {
    for (const { resolve } of waiting.splice(0)) resolve({ ...OUTCOME, failed, logged });
  };
  const refuseAll = (error: unknown): void => {
    for (const { reject } of waiting.splice(0)) reject(error);
  };
  return { queue, seen, over, answerAll, refuseAll };
}

/** Names of all events on disk. */
const files = (): string[] =>
  readdirSync(join(folder, "f"), { recursive: true })
    .map(String)
    .filter((name) => /[~-]/.test(name));

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}

describe("EventQueue", () => {
  it("keeps an event until its log is written: a crash loses neither", async () => {
    const { queue, over, answerAll } = stand();
    await queue.add("f", Buffer.from("0"));
    let write: () => void = () => {};
    answerAll(
      false,
      new Promise((resolve) => {
        write = resolve;
      }),
    );
    await new Promise(setImmediate);
    expect(over).toEqual([]);
    expect(files()).toHaveLength(1);
    write();
    await until(() => files().length === 0);
    expect(over).toHaveLength(1);
  });

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
    const second = stand({ parallel: 8 });
    second.queue.resume();
    await until(() => second.seen.length === 3);
    expect(second.seen).toEqual(["a", "b", "c"].map((payload) => ({ payload, requestId: `id-${payload}` })));
  });

  it("waits for a function that is not ready, and drops the events of one that is gone", async () => {
    let state: ReturnType<QueuePorts["state"]> = "pending";
    const { queue, seen, answerAll } = stand({ state: () => state });
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

  it("tries a failing function twice more, with the same id, and then says what came of it", async () => {
    const { queue, seen, over, answerAll } = stand();
    await queue.add("f", Buffer.from("1"), "id-1");
    for (let attempt = 1; attempt <= 3; attempt++) {
      await until(() => seen.length === attempt);
      answerAll(true);
    }
    await until(() => files().length === 0);
    expect(seen).toEqual(Array.from({ length: 3 }, () => ({ payload: "1", requestId: "id-1" })));
    expect(over).toMatchObject([{ requestId: "id-1", condition: "RetriesExhausted", invokeCount: 3 }]);
    expect(over[0]!.outcome?.failed).toBe(true);
  });

  it("counts the attempts of a server before, and keeps to the time it had set", async () => {
    const first = stand({ rules: { timeScale: 0.005 } });
    await first.queue.add("f", Buffer.from("1"), "id-1");
    first.answerAll(true);
    await until(() => files().some((name) => name.includes("~1~0~id-1")));
    first.queue.close();
    const due = Number(/(\d{15})~/.exec(files()[0]!)![1]);
    const second = stand({ rules: { maximumRetryAttempts: 1 } });
    second.queue.resume();
    await until(() => second.seen.length === 1);
    expect(Date.now()).toBeGreaterThanOrEqual(due);
    second.answerAll(true);
    await until(() => second.over.length === 1);
    expect(second.over).toMatchObject([{ condition: "RetriesExhausted", invokeCount: 2 }]);
  });

  it("tries again what was throttled, without counting it, until the event is too old", async () => {
    const { queue, seen, over, refuseAll } = stand({ rules: { maximumEventAge: 600 } });
    await queue.add("f", Buffer.from("1"), "id-1");
    while (over.length === 0) {
      refuseAll(new AwsError(429, "TooManyRequestsException", "Rate Exceeded."));
      await new Promise(setImmediate);
    }
    // 600 s at a thousandth: after 1, 2, 4, 8, … ms there is at last no room for another wait.
    expect(seen.length).toBeGreaterThan(1);
    expect(over).toMatchObject([{ condition: "EventAgeExceeded", invokeCount: 0 }]);
    expect(over[0]!.outcome).toBeUndefined();
  });

  it("keeps an event that the system could not run for want of one of its own files", async () => {
    const { queue, seen, over, answerAll, refuseAll } = stand();
    await queue.add("f", Buffer.from("1"));
    refuseAll(Object.assign(new Error("ENOENT: no such file, mkdtemp"), { code: "ENOENT" }));
    await until(() => seen.length === 2);
    answerAll();
    await until(() => over.length === 1);
    expect(over).toMatchObject([{ condition: "Success", invokeCount: 1 }]);
  });

  it("keeps in memory the wait of an event whose file cannot be renamed", async () => {
    const backlog = new Backlog(join(folder, "f"), { left: 0 });
    const [now, later] = [1_700_000_000_000, 1_700_000_060_000];
    const facts = { due: now, serial: 0, accepted: now, failures: 0, delays: 0, requestId: "id" };
    await backlog.add(facts, Buffer.from("1"));
    const event = backlog.take(now)!;
    // No folder can be made in its place.
    writeFileSync(join(folder, "f", String(later / 1000).padStart(12, "0")), "");
    backlog.postpone(event, { due: later, failures: 1, delays: 0 });
    expect(backlog.nextDue()).toBe(later);
    expect(backlog.take(later - 1)).toBeUndefined();
    const again = backlog.take(later)!;
    expect(again).toMatchObject({ failures: 1, requestId: "id" });
    expect(backlog.read(again).toString()).toBe("1");
    backlog.done(again);
    expect(files().filter((name) => name.includes("~"))).toEqual([]);
  });

  it("gives a new function of the name a queue of its own while the old one's events are being removed", async () => {
    const { queue, seen } = stand({ parallel: 1 });
    for (let n = 0; n < 50; n++) await queue.add("f", Buffer.from("old"));
    const dropped = queue.drop("f");
    await queue.add("f", Buffer.from("new"));
    await dropped;
    expect(seen.map(({ payload }) => payload)).toEqual(["old", "new"]);
    expect(files().length).toBe(1);
    expect(readdirSync(folder)).toEqual(["f"]);
  });

  it("removes what a server was removing when it died", () => {
    mkdirSync(join(folder, ".f.1/000000000001"), { recursive: true });
    stand().queue.resume();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("gives up at once the events of a function whose reserved concurrency is zero", async () => {
    const { queue, seen, over } = stand({ rules: { disabled: true } });
    await queue.add("f", Buffer.from("1"));
    await until(() => over.length === 1);
    expect(seen).toEqual([]);
  });

  it("reads the files of the first servers", async () => {
    mkdirSync(join(folder, "f"));
    const time = String(Date.now()).padStart(15, "0");
    writeFileSync(join(folder, "f", `${time}-000000007-a1b2-c3`), "old");
    const { queue, seen, answerAll } = stand();
    queue.resume();
    await until(() => seen.length === 1);
    expect(seen).toEqual([{ payload: "old", requestId: "a1b2-c3" }]);
    answerAll();
    await until(() => files().length === 0);
  });

  it("holds of many events those in memory that are next, and of the others the seconds they are due in", async () => {
    // As a server before has left them: 300 a second.
    const start = 1_700_000_000;
    for (let n = 0; n < 3000; n++) {
      const span = start + Math.floor(n / 300);
      const facts = {
        due: span * 1000,
        serial: n,
        accepted: span * 1000,
        failures: 0,
        delays: 0,
        requestId: `id-${n}`,
      };
      mkdirSync(join(folder, "f", String(span).padStart(12, "0")), { recursive: true });
      writeFileSync(join(folder, "f", String(span).padStart(12, "0"), eventFileName(facts)), String(n));
    }
    const backlog = new Backlog(join(folder, "f"), { left: 0 });
    backlog.resume();
    expect(backlog.inMemory).toBe(0);
    let most = 0;
    const taken: number[] = [];
    for (let event = backlog.take(Date.now()); event; event = backlog.take(Date.now())) {
      most = Math.max(most, backlog.inMemory);
      taken.push(Number(backlog.read(event)));
      backlog.done(event);
    }
    expect(taken).toEqual(Array.from({ length: 3000 }, (_, n) => n));
    expect(most).toBeLessThan(300);
    expect(readdirSync(join(folder, "f"))).toEqual([]);
  });
});
