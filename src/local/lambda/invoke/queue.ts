/**
 * Asynchronous invocations, tried again as AWS does. Each event is a file until it is over, so that a crash loses none; what was under way
 * at a crash is run again (AWS delivers at least once too).
 */
import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { AwsError } from "../../service.ts";
import { Backlog, type BackloggedEvent, GRAVE, type PayloadBudget } from "./backlog.ts";
import type { Invocation, Outcome } from "./invocation.ts";
import { afterAttempt, type Condition, expiryOf, type RetryRules, type Verdict } from "./retry.ts";

/** Payloads that may be kept in memory beside their files, in bytes. */
const KEPT_BYTES = 8 * 1024 * 1024;
/** When the disk is asked again after it could not tell what is due, ms. */
const AGAIN_MS = 1000;
/** Longest that setTimeout can wait, ms. */
const LONGEST_TIMER = 2 ** 31 - 1;

export interface QueuePorts {
  readonly folder: string;
  /** Invocations of a function that are handed on at once; the rest waits on disk. */
  readonly parallel: (functionName: string) => number;
  /** Rejects with AwsError: 429 when throttled, 404 when the function is gone, anything else is an error of the system. */
  readonly run: (functionName: string, invocation: Invocation) => Promise<Outcome>;
  /** The function is there and Active; `gone`: its events are dropped. */
  readonly state: (functionName: string) => "ready" | "pending" | "gone";
  readonly rules: (functionName: string) => RetryRules;
  /** Told of every event that is over, before it is forgotten. Never rejects. */
  readonly over: (functionName: string, event: FinishedEvent) => Promise<void>;
}

export interface FinishedEvent {
  readonly requestId: string;
  readonly payload: Buffer;
  readonly condition: Condition;
  /** How often the function ran. */
  readonly invokeCount: number;
  /** Of the last attempt; undefined when the function was not reached. */
  readonly outcome?: Outcome;
}

interface FunctionQueue {
  readonly backlog: Backlog;
  running: number;
}

export class EventQueue {
  readonly #ports: QueuePorts;
  readonly #queues = new Map<string, FunctionQueue>();
  readonly #budget: PayloadBudget = { left: KEPT_BYTES };
  #serial = 0;
  #timer: NodeJS.Timeout | undefined;
  /** When the timer goes off, ms since the epoch. */
  #wakeAt = Number.POSITIVE_INFINITY;
  #closed = false;

  constructor(ports: QueuePorts) {
    this.#ports = ports;
    mkdirSync(ports.folder, { recursive: true, mode: 0o700 });
  }

  /** Takes up the events of the server before. */
  resume(): void {
    for (const functionName of readdirSync(this.#ports.folder)) {
      if (functionName.startsWith(GRAVE)) {
        rmSync(join(this.#ports.folder, functionName), { recursive: true, force: true });
        continue;
      }
      this.#queue(functionName).backlog.resume();
      this.pump(functionName);
    }
  }

  /** The event is on disk when it resolves. */
  async add(functionName: string, payload: Buffer, requestId: string = randomUUID()): Promise<void> {
    const now = Date.now();
    const facts = { due: now, serial: this.#serial++, accepted: now, failures: 0, delays: 0, requestId };
    await this.#queue(functionName).backlog.add(facts, payload);
    this.pump(functionName);
  }

  /** Drops what waits for a function that was deleted. */
  async drop(functionName: string): Promise<void> {
    const queue = this.#queue(functionName);
    this.#queues.delete(functionName);
    await queue.backlog.drop();
  }

  /** No event is handed on any more; those on disk are the next server's. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  /** Hands on what is due, as far as it may. Never throws: what the disk refuses now is tried again. */
  pump(functionName: string): void {
    try {
      this.#handOn(functionName);
    } catch {
      this.#wake(Date.now() + AGAIN_MS);
    }
  }

  #handOn(functionName: string): void {
    const queue = this.#queues.get(functionName);
    if (!queue || this.#closed) return;
    const state = this.#ports.state(functionName);
    if (state === "gone") void this.drop(functionName).catch(() => {});
    if (state !== "ready") return;
    const parallel = Math.max(1, this.#ports.parallel(functionName));
    while (queue.running < parallel) {
      const event = queue.backlog.take(Date.now());
      if (!event) {
        this.#wake(queue.backlog.nextDue());
        return;
      }
      queue.running += 1;
      void this.#serve(functionName, queue.backlog, event).finally(() => {
        queue.running -= 1;
        this.pump(functionName);
      });
    }
  }

  /** One timer for all functions, for the next event that is due. */
  #wake(due: number | undefined): void {
    if (due === undefined || due >= this.#wakeAt) return;
    clearTimeout(this.#timer);
    this.#wakeAt = due;
    const ms = Math.min(Math.max(1, due - Date.now()), LONGEST_TIMER);
    this.#timer = setTimeout(() => {
      this.#wakeAt = Number.POSITIVE_INFINITY;
      for (const functionName of [...this.#queues.keys()]) this.pump(functionName);
    }, ms);
  }

  /** Never rejects. */
  async #serve(functionName: string, backlog: Backlog, event: BackloggedEvent): Promise<void> {
    try {
      const finished = await this.#attempt(functionName, backlog, event);
      if (!finished) return;
      await this.#ports.over(functionName, finished);
    } catch (error) {
      // The function or its event is gone; anything else leaves the event to the next server.
      if (!isGone(error)) return;
    }
    backlog.done(event);
  }

  /** One attempt. Undefined: it is not over; rejects when the function or the event is gone. */
  async #attempt(functionName: string, backlog: Backlog, event: BackloggedEvent): Promise<FinishedEvent | undefined> {
    const { requestId, failures } = event;
    const rules = this.#ports.rules(functionName);
    const expired = Date.now() >= expiryOf(event, rules);
    let payload: Buffer | undefined;
    let outcome: Outcome | undefined;
    try {
      payload = backlog.read(event);
    } catch (error) {
      if (isGone(error)) throw error;
    }
    try {
      if (payload && !rules.disabled && !expired) {
        outcome = await this.#ports.run(functionName, { requestId, payload, traceId: traceId() });
        // An event that is over has its log, whenever the server dies.
        await outcome.logged;
      }
    } catch (error) {
      // A file that Lambda itself misses is an error of the system.
      if (error instanceof AwsError && isGone(error)) throw error;
    }
    // What a server that is being stopped cut short is the next one's.
    if (this.#closed) return undefined;
    const verdict: Verdict =
      payload && (rules.disabled || expired)
        ? { kind: "over", condition: expired ? "EventAgeExceeded" : "RetriesExhausted" }
        : afterAttempt(event, outcome, this.#ports.rules(functionName), Date.now());
    if (verdict.kind === "again") {
      backlog.postpone(event, verdict);
      return undefined;
    }
    const invokeCount = outcome ? failures + 1 : failures;
    return { requestId, payload: payload!, invokeCount, condition: verdict.condition, ...(outcome && { outcome }) };
  }

  #queue(functionName: string): FunctionQueue {
    let queue = this.#queues.get(functionName);
    if (!queue) {
      queue = { backlog: new Backlog(join(this.#ports.folder, functionName), this.#budget), running: 0 };
      this.#queues.set(functionName, queue);
    }
    return queue;
  }
}

/** The event's file went with its function, or Lambda has no such function any more. */
function isGone(error: unknown): boolean {
  return (error instanceof AwsError && error.status === 404) || (error as NodeJS.ErrnoException).code === "ENOENT";
}

/** A new `X-Amzn-Trace-Id`, not sampled. */
export function traceId(): string {
  const hex = randomUUID().replaceAll("-", "");
  const seconds = Math.floor(Date.now() / 1000)
    .toString(16)
    .padStart(8, "0");
  return `Root=1-${seconds}-${hex.slice(0, 24)};Sampled=0`;
}
