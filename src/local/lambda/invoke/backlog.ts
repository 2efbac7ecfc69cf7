/**
 * The events of one function that wait: a file each, in a folder for every second in which events are due. Only the second that is being
 * worked off is in memory, so that a million waiting events cost little more than ten.
 */
import { randomUUID } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { DueHeap } from "../../due-heap.ts";
import { type EventFacts, eventFileName, parseEventFileName } from "./event-file.ts";

/** Of a folder, ms. */
const SPAN_MS = 1000;
/** Events that are due now are kept in memory up to here, whatever their folder. */
const WINDOW = 1000;
/** Up to here the thread pool's round trips cost more than the bytes. */
const SMALL_BYTES = 64 * 1024;
const FOLDER = /^\d{12}$/;
/** How the names of folders begin that are being removed; no function's does. */
export const GRAVE = ".";
/** Where the first servers put events: beside the folders. */
const OLD_SPAN = 0;

/** An event that was taken, or waits in memory. */
export interface BackloggedEvent extends EventFacts {
  /** Of its file. */
  readonly name: string;
  /** Number of its folder. */
  readonly span: number;
  readonly payload?: Buffer;
}

/** What payloads may be kept in memory beside their files, so that a quiet queue is served without reading them. */
export interface PayloadBudget {
  /** Bytes. */
  left: number;
}

export class Backlog {
  readonly #folder: string;
  /** Events of all folders up to `#loaded` that wait. */
  readonly #ready = new DueHeap<BackloggedEvent>((a, b) => a.due < b.due || (a.due === b.due && a.serial < b.serial));
  /** Folders after `#loaded`, the earliest first. */
  readonly #later = new DueHeap<number>((a, b) => a < b);
  readonly #laterSpans = new Set<number>();
  /** By folder up to `#loaded`: events in it. */
  readonly #left = new Map<number, number>();
  #loaded = OLD_SPAN;

  readonly #budget: PayloadBudget;
  #kept = 0;

  constructor(folder: string, budget: PayloadBudget) {
    this.#folder = folder;
    this.#budget = budget;
  }

  /** Takes up what a server before has left; before anything is added. */
  resume(): void {
    for (const entry of readdirSync(this.#folder)) {
      if (FOLDER.test(entry)) this.#addLater(Number(entry));
      // Never acknowledged: the server died before it was whole.
      else if (entry.startsWith(".")) unlinkSync(join(this.#folder, entry));
    }
    this.#load(OLD_SPAN);
  }

  /** On disk when it resolves. */
  async add(facts: EventFacts, payload: Buffer): Promise<void> {
    const name = eventFileName(facts);
    const span = spanOf(facts.due);
    const staged = join(this.#folder, `.${name}`);
    await this.#write(staged, payload);
    // In one step with what is known of it: a folder may be loaded at any other moment.
    this.#move(staged, span, name);
    this.#note({ ...facts, name, span }, payload);
  }

  /** The first event that is due; it is the caller's until `done` or `postpone`. */
  take(now: number): BackloggedEvent | undefined {
    for (;;) {
      const first = this.#ready.peek();
      if (first && first.due <= now) {
        this.#ready.pop();
        this.#release(first.payload?.length ?? 0);
        return first;
      }
      const next = this.#later.peek();
      if (next === undefined || next > spanOf(now)) return undefined;
      this.#load(next);
      this.#later.pop();
      this.#laterSpans.delete(next);
    }
  }

  /** When there may be something to take, ms since the epoch; undefined: nothing waits. */
  nextDue(): number | undefined {
    const later = this.#later.peek();
    const times = [this.#ready.peek()?.due, later === undefined ? undefined : later * SPAN_MS];
    const known = times.filter((time) => time !== undefined);
    return known.length > 0 ? Math.min(...known) : undefined;
  }

  /** Events that wait in memory, of all that wait. */
  get inMemory(): number {
    return this.#ready.size;
  }

  /** Throws ENOENT when the event was dropped meanwhile. At once, for the order's sake. */
  read({ name, span, payload }: BackloggedEvent): Buffer {
    return payload ?? readFileSync(join(this.#path(span), name));
  }

  /**
   * Puts an event that was taken back, to be taken again when it is due. Where the disk is full its file stays as it was: only a
   * server that is started meanwhile comes too early. Throws ENOENT when the event was dropped.
   */
  postpone(event: BackloggedEvent, change: Pick<EventFacts, "due" | "failures" | "delays">): void {
    const { due, failures, delays } = change;
    const { serial, accepted, requestId } = event;
    const facts: EventFacts = { due, serial, accepted, failures, delays, requestId };
    const [name, span] = [eventFileName(facts), spanOf(due)];
    try {
      this.#move(join(this.#path(event.span), event.name), span, name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") throw error;
      this.#ready.push({ ...facts, name: event.name, span: event.span });
      return;
    }
    this.#forget(event.span);
    this.#note({ ...facts, name, span });
  }

  /** The event is over and its file gone. */
  done(event: BackloggedEvent): void {
    try {
      unlinkSync(join(this.#path(event.span), event.name));
    } catch {
      // Dropped with its function.
    }
    this.#forget(event.span);
  }

  /** Removes every event. */
  async drop(): Promise<void> {
    this.#ready.clear();
    this.#later.clear();
    this.#release(this.#kept);
    // At once: a new function of the name may get events before the last file is gone.
    const grave = join(dirname(this.#folder), `${GRAVE}${basename(this.#folder)}.${randomUUID()}`);
    try {
      renameSync(this.#folder, grave);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
      throw error;
    }
    await rm(grave, { recursive: true, force: true });
  }

  async #write(path: string, payload: Buffer): Promise<void> {
    const write = (): Promise<void> | void =>
      payload.length <= SMALL_BYTES
        ? writeFileSync(path, payload, { mode: 0o600 })
        : writeFile(path, payload, { mode: 0o600 });
    try {
      await write();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      await write();
    }
  }

  #move(from: string, span: number, name: string): void {
    const to = join(this.#path(span), name);
    try {
      renameSync(from, to);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      mkdirSync(this.#path(span), { recursive: true, mode: 0o700 });
      renameSync(from, to);
    }
  }

  #note(event: BackloggedEvent, payload?: Buffer): void {
    const { span } = event;
    const later = this.#later.peek();
    // Nothing that is not in memory would come before it.
    const next = later === undefined || later > span;
    if (next && span > this.#loaded && span <= spanOf(Date.now()) && this.#ready.size < WINDOW) this.#loaded = span;
    if (span > this.#loaded) this.#addLater(span);
    else if (payload && payload.length <= this.#budget.left) {
      this.#release(-payload.length);
      this.#hold({ ...event, payload });
    } else this.#hold(event);
  }

  #release(bytes: number): void {
    this.#kept -= bytes;
    this.#budget.left += bytes;
  }

  #addLater(span: number): void {
    if (this.#laterSpans.has(span)) return;
    this.#laterSpans.add(span);
    this.#later.push(span);
  }

  #load(span: number): void {
    this.#loaded = Math.max(this.#loaded, span);
    for (const name of existsSync(this.#path(span)) ? readdirSync(this.#path(span)) : []) {
      const facts = parseEventFileName(name);
      if (facts) this.#hold({ ...facts, name, span });
    }
    this.#tidy(span);
  }

  #hold(event: BackloggedEvent): void {
    this.#ready.push(event);
    this.#left.set(event.span, (this.#left.get(event.span) ?? 0) + 1);
  }

  #forget(span: number): void {
    this.#left.set(span, this.#left.get(span)! - 1);
    this.#tidy(span);
  }

  #tidy(span: number): void {
    if ((this.#left.get(span) ?? 0) > 0) return;
    this.#left.delete(span);
    if (span === OLD_SPAN) return;
    try {
      rmdirSync(this.#path(span));
    } catch {
      // Gone with its function, or an event is just being written there.
    }
  }

  #path(span: number): string {
    return span === OLD_SPAN ? this.#folder : join(this.#folder, String(span).padStart(12, "0"));
  }
}

const spanOf = (due: number): number => Math.floor(due / SPAN_MS);
