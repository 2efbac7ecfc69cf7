/**
 * Asynchronous invocations: one file each until it is done, so that a crash loses none. `queue/FUNCTION/TIME-SERIAL-REQUESTID`
 * holds the payload; what was under way at a crash is run again (AWS delivers at least once too).
 */
import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync } from "node:fs";
import { mkdir, readFile, rename, rm, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Invocation, Outcome } from "./invocation.ts";

/** Payloads that may be kept in memory beside their file, in bytes, so that a quiet queue is served without reading it. */
const KEPT_BYTES = 8 * 1024 * 1024;

export interface QueuePorts {
  readonly folder: string;
  /** Invocations of one function that are handed on at once; the rest waits on disk. */
  readonly parallel: number;
  readonly run: (functionName: string, invocation: Invocation) => Promise<Outcome>;
  /** The function is there and Active; `gone`: its events are dropped. */
  readonly state: (functionName: string) => "ready" | "pending" | "gone";
}

interface QueuedEvent {
  /** Of its file. */
  readonly name: string;
  readonly payload?: Buffer;
}

/** Waiting events in order; a million of them are taken off as fast as ten. */
interface Backlog {
  files: QueuedEvent[];
  /** Index of the first that waits; those before it are done with. */
  head: number;
  running: number;
}

/** Events done with that are kept in the list until it is cut. */
const CUT = 1024;

export class EventQueue {
  readonly #ports: QueuePorts;
  readonly #backlogs = new Map<string, Backlog>();
  #serial = 0;
  #kept = 0;
  #closed = false;

  constructor(ports: QueuePorts) {
    this.#ports = ports;
    mkdirSync(ports.folder, { recursive: true, mode: 0o700 });
  }

  /** Takes up the events of the server before. */
  resume(): void {
    for (const functionName of readdirSync(this.#ports.folder)) {
      const names = readdirSync(join(this.#ports.folder, functionName)).sort();
      const backlog = this.#backlog(functionName);
      for (const name of names) if (!name.startsWith(".")) backlog.files.push({ name });
      this.pump(functionName);
    }
  }

  /** The event is on disk when it resolves. */
  async add(functionName: string, payload: Buffer, requestId: string = randomUUID()): Promise<void> {
    const folder = join(this.#ports.folder, functionName);
    const name = `${String(Date.now()).padStart(15, "0")}-${String(this.#serial++).padStart(9, "0")}-${requestId}`;
    const write = async (): Promise<void> => {
      await writeFile(join(folder, `.${name}`), payload, { mode: 0o600 });
      await rename(join(folder, `.${name}`), join(folder, name));
    };
    await write().catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await write();
    });
    const keep = this.#kept + payload.length <= KEPT_BYTES;
    if (keep) this.#kept += payload.length;
    this.#backlog(functionName).files.push(keep ? { name, payload } : { name });
    this.pump(functionName);
  }

  /** Drops what waits for a function that was deleted. */
  async drop(functionName: string): Promise<void> {
    const backlog = this.#backlogs.get(functionName);
    for (const { payload } of backlog?.files.slice(backlog.head) ?? []) this.#kept -= payload?.length ?? 0;
    this.#backlogs.delete(functionName);
    await rm(join(this.#ports.folder, functionName), { recursive: true, force: true });
  }

  /** No event is handed on any more; those on disk are the next server's. */
  close(): void {
    this.#closed = true;
  }

  /** Hands on what waits, as far as it may. */
  pump(functionName: string): void {
    const backlog = this.#backlogs.get(functionName);
    if (!backlog || this.#closed) return;
    const state = this.#ports.state(functionName);
    if (state === "gone") void this.drop(functionName);
    while (state === "ready" && backlog.running < this.#ports.parallel && backlog.head < backlog.files.length) {
      const { name, payload } = takeFirst(backlog);
      backlog.running += 1;
      void this.#serve(functionName, name, payload).finally(() => {
        backlog.running -= 1;
        this.pump(functionName);
      });
    }
  }

  async #serve(functionName: string, name: string, kept: Buffer | undefined): Promise<void> {
    this.#kept -= kept?.length ?? 0;
    const path = join(this.#ports.folder, functionName, name);
    try {
      const payload = kept ?? (await readFile(path));
      const requestId = name.split("-").slice(2).join("-");
      await this.#ports.run(functionName, { requestId, payload, traceId: traceId() });
    } catch {
      // The function or its event is gone. What the function itself did wrong is an outcome, not an error.
    }
    if (!this.#closed) await unlink(path).catch(() => {});
  }

  #backlog(functionName: string): Backlog {
    let backlog = this.#backlogs.get(functionName);
    if (!backlog) {
      backlog = { files: [], head: 0, running: 0 };
      this.#backlogs.set(functionName, backlog);
    }
    return backlog;
  }
}

function takeFirst(backlog: Backlog): QueuedEvent {
  const event = backlog.files[backlog.head]!;
  // Its payload is not held any longer.
  backlog.files[backlog.head++] = { name: event.name };
  if (backlog.head >= CUT && backlog.head * 2 >= backlog.files.length) {
    backlog.files = backlog.files.slice(backlog.head);
    backlog.head = 0;
  }
  return event;
}

/** A new `X-Amzn-Trace-Id`, not sampled. */
export function traceId(): string {
  const hex = randomUUID().replaceAll("-", "");
  const seconds = Math.floor(Date.now() / 1000)
    .toString(16)
    .padStart(8, "0");
  return `Root=1-${seconds}-${hex.slice(0, 24)};Sampled=0`;
}
