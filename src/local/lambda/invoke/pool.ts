/**
 * The execution environments of all functions: warm ones are reused, the latest first; new ones are started up to a limit; what
 * exceeds it waits, the functions by turns. A function without any environment is not kept out by busy ones.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { FunctionRecord } from "../model.ts";
import { functionNotFound } from "../names.ts";
import type { Environment } from "./environment.ts";
import type { Invocation, Outcome } from "./invocation.ts";
import { type Waiter, WaitingLine } from "./waiting-line.ts";

/** An idle environment is ended after this time, in ms. */
const IDLE_MS = 5 * 60_000;
const REAP_MS = 30_000;
/** A runtime that has answered asks for the next event within this time, in ms; one that does not is busy with something of its own. */
const NEARLY_IDLE_MS = 100;

export interface PoolPorts {
  /** Environments that may live at once. */
  readonly limit: number;
  /** The function as it is now, when it can serve. */
  readonly current: (functionName: string) => FunctionRecord | undefined;
  /** Makes an environment and starts it with its first invocation. */
  readonly launch: (record: FunctionRecord, invocation: Invocation, events: EnvironmentEvents) => Launched;
}

export interface EnvironmentEvents {
  readonly onIdle: () => void;
  readonly onEnded: () => void;
}

export interface Launched {
  readonly environment: Pick<Environment, "record" | "invoke" | "end">;
  readonly outcome: Promise<Outcome>;
}

interface Slot {
  environment: Launched["environment"];
  /** ms since the epoch; undefined while busy. */
  idleSince: number | undefined;
  /** It has answered and will be idle in a moment: whoever comes now waits for it. */
  nearlyIdle: boolean;
  /** Resolves when the environment and its folder are gone. */
  gone?: Promise<void>;
}

export class Pool {
  readonly #ports: PoolPorts;
  readonly #slots = new Set<Slot>();
  readonly #ending = new Set<Promise<void>>();
  readonly #waiting = new WaitingLine();
  readonly #reaper: NodeJS.Timeout;
  #closed = false;

  constructor(ports: PoolPorts) {
    this.#ports = ports;
    this.#reaper = setInterval(() => this.#reap(), REAP_MS).unref();
  }

  /** Rejects with AwsError when the function is gone before its turn, and when the caller is. */
  run(functionName: string, invocation: Invocation): Promise<Outcome> {
    const { signal } = invocation;
    return new Promise((resolve, reject) => {
      const leave = (): void => reject(new Error("the caller went away"));
      if (signal?.aborted) return leave();
      const waiter: Waiter = { functionName, invocation, resolve, reject };
      this.#waiting.add(waiter);
      this.#pump();
      signal?.addEventListener("abort", () => {
        if (this.#waiting.remove(waiter)) leave();
      });
    });
  }

  /** Ends the environments of all generations but the current one: idle ones now, busy ones when they are done. */
  async retire(functionName: string): Promise<void> {
    const old = [...this.#slots].filter(
      (slot) => slot.environment.record.FunctionName === functionName && !this.#isCurrent(slot),
    );
    for (const slot of old) if (slot.idleSince !== undefined) this.#end(slot);
    // A busy one ends through #idle; its folder is in use until then.
    while (old.some((slot) => this.#slots.has(slot))) await delay(100, undefined, { ref: false });
    await Promise.all(old.map((slot) => slot.gone));
    this.#pump();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#reaper);
    for (const waiter of this.#waiting.clear()) waiter.reject(new Error("the local AWS is being stopped"));
    for (const slot of this.#slots) this.#end(slot);
    await Promise.all(this.#ending);
  }

  #pump(): void {
    for (let next = this.#take(); next !== undefined; next = this.#take()) next();
  }

  /** What to do for the next waiter that can be served now. */
  #take(): (() => void) | undefined {
    if (this.#closed) return undefined;
    const firsts = this.#waiting.firsts();
    if (firsts.length > 1) {
      const has = (waiter: Waiter): number => Number(this.#hasEnvironment(waiter.functionName));
      firsts.sort((a, b) => has(a) - has(b));
    }
    for (const waiter of firsts) {
      const serve = this.#server(waiter);
      if (serve === undefined) continue;
      this.#waiting.remove(waiter);
      waiter.invocation.onStart?.();
      return serve;
    }
    return undefined;
  }

  #server(waiter: Waiter): (() => void) | undefined {
    const record = this.#ports.current(waiter.functionName);
    if (record === undefined) return () => waiter.reject(functionNotFound(waiter.functionName));
    const idle = [...this.#slots].filter((slot) => slot.idleSince !== undefined);
    const warm = lastOf(idle.filter((slot) => slot.environment.record.generation === record.generation));
    if (warm) {
      warm.idleSince = undefined;
      return () => this.#serve(warm, waiter, warm.environment.invoke(waiter.invocation));
    }
    for (const slot of this.#slots) {
      if (slot.nearlyIdle && slot.environment.record.generation === record.generation) return undefined;
    }
    if (this.#slots.size >= this.#ports.limit) {
      const spare = this.#spare(idle, waiter.functionName);
      if (!spare) return undefined;
      this.#end(spare);
    }
    return () => this.#launch(record, waiter);
  }

  /** A warm environment that makes room for another function: one that nobody waits for, else any if that function has none. */
  #spare(idle: readonly Slot[], functionName: string): Slot | undefined {
    const unwanted = idle.find((slot) => !this.#waiting.has(slot.environment.record.FunctionName));
    return unwanted ?? (this.#hasEnvironment(functionName) ? undefined : idle[0]);
  }

  #hasEnvironment(functionName: string): boolean {
    for (const slot of this.#slots) if (slot.environment.record.FunctionName === functionName) return true;
    return false;
  }

  #launch(record: FunctionRecord, waiter: Waiter): void {
    const slot: Slot = { environment: undefined as never, idleSince: undefined, nearlyIdle: false };
    this.#slots.add(slot);
    const { environment, outcome } = this.#ports.launch(record, waiter.invocation, {
      onIdle: () => this.#idle(slot),
      onEnded: () => this.#end(slot),
    });
    slot.environment = environment;
    this.#serve(slot, waiter, outcome);
  }

  #serve(slot: Slot, waiter: Waiter, outcome: Promise<Outcome>): void {
    // A caller that sends one event after the other gets the same environment: it is told after the slot was marked.
    const marked = outcome.then((value) => {
      slot.nearlyIdle = slot.idleSince === undefined;
      setTimeout(() => this.#settle(slot), NEARLY_IDLE_MS).unref();
      return value;
    });
    waiter.resolve(marked);
  }

  #settle(slot: Slot): void {
    if (!slot.nearlyIdle) return;
    slot.nearlyIdle = false;
    this.#pump();
  }

  #idle(slot: Slot): void {
    if (!this.#isCurrent(slot)) {
      this.#end(slot);
      return;
    }
    slot.idleSince = Date.now();
    slot.nearlyIdle = false;
    this.#pump();
  }

  #isCurrent(slot: Slot): boolean {
    const { FunctionName, generation } = slot.environment.record;
    return this.#ports.current(FunctionName)?.generation === generation;
  }

  #end(slot: Slot): void {
    if (!this.#slots.delete(slot)) return;
    const gone: Promise<void> = slot.environment
      .end()
      .catch(() => {})
      .finally(() => this.#ending.delete(gone));
    slot.gone = gone;
    this.#ending.add(gone);
    queueMicrotask(() => this.#pump());
  }

  #reap(): void {
    const limit = Date.now() - IDLE_MS;
    for (const slot of [...this.#slots]) if ((slot.idleSince ?? Number.POSITIVE_INFINITY) < limit) this.#end(slot);
  }
}

function lastOf(slots: readonly Slot[]): Slot | undefined {
  return slots.reduce<Slot | undefined>((a, b) => (a && a.idleSince! > b.idleSince! ? a : b), undefined);
}
