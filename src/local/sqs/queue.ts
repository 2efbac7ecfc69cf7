/** One standard queue: what waits in it, what is in flight, and who waits for it (long polling, without looking twice). */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { DueHeap } from "../due-heap.ts";
import { AwsError } from "../service.ts";
import { numberOf } from "./attributes.ts";
import { receiptHandleIsInvalid } from "./errors.ts";
import { type Message, MessageFiles } from "./message-files.ts";
import type { QueueRecord, StoredMessage } from "./model.ts";

/** A place in the order of what becomes visible; out of date when the message was changed since. */
interface Place {
  readonly message: Message;
  readonly visibleAt: number;
}

interface Waiter {
  /** False: there is nothing for it yet. */
  readonly receive: () => boolean;
  /** Waits no longer. */
  readonly leave: () => void;
}

export interface Received {
  readonly message: Readonly<Message>;
  readonly content: StoredMessage;
  readonly receiptHandle: string;
}

export interface ReceiveOptions {
  /** 1 to 10. */
  readonly most: number;
  /** ms; default: the queue's. */
  readonly visibilityMs?: number;
  /** How long to wait for a first message, ms. */
  readonly waitMs: number;
  /** Aborted when the receiver is gone. */
  readonly signal: AbortSignal;
}

/** When those who wait are served again after files could not be read, ms. */
const AGAIN_MS = 1000;
/** Longest that setTimeout can wait, ms. */
const LONGEST_TIMER = 2 ** 31 - 1;

export class Queue {
  /** Replaced when attributes or tags are set. */
  record: QueueRecord;
  readonly #files: MessageFiles;
  readonly #messages = new Map<string, Message>();
  readonly #order = new DueHeap<Place>(
    (a, b) => a.visibleAt < b.visibleAt || (a.visibleAt === b.visibleAt && a.message.serial < b.message.serial),
  );
  readonly #waiters = new Set<Waiter>();
  #timer: NodeJS.Timeout | undefined;
  #serial = 0;

  /** @param folder of the queue, with what a server before has left */
  constructor(folder: string, record: QueueRecord) {
    this.record = record;
    this.#files = new MessageFiles(join(folder, "messages"));
    for (const message of this.#files.list()) {
      this.#messages.set(message.id, message);
      this.#order.push({ message, visibleAt: message.visibleAt });
      this.#serial = Math.max(this.#serial, message.serial + 1);
    }
  }

  /** On disk when it returns. @param delayMs default: the queue's */
  send(content: StoredMessage, delayMs = this.#ms("DelaySeconds")): string {
    const visibleAt = content.sentAt + delayMs;
    const message: Message = {
      id: randomUUID(),
      serial: this.#serial++,
      visibleAt,
      receives: 0,
      firstReceivedAt: 0,
    };
    this.#files.add(message, content);
    this.#messages.set(message.id, message);
    this.#order.push({ message, visibleAt });
    this.#serveWaiters();
    return message.id;
  }

  /** Up to `most` visible messages, hidden from others from now on; none when nothing came in time. */
  receive({ most, visibilityMs = this.#ms("VisibilityTimeout"), waitMs, signal }: ReceiveOptions): Promise<Received[]> {
    const now = this.#take(most, visibilityMs);
    if (now.length > 0 || waitMs === 0 || signal.aborted) return Promise.resolve(now);
    return new Promise((resolve) => {
      const end = (received: Received[]): void => {
        clearTimeout(timeout);
        signal.removeEventListener("abort", leave);
        this.#waiters.delete(waiter);
        this.#setTimer();
        resolve(received);
      };
      const leave = (): void => end([]);
      const timeout = setTimeout(leave, waitMs);
      const waiter: Waiter = {
        leave,
        receive: () => {
          const received = this.#take(most, visibilityMs);
          if (received.length > 0) end(received);
          return received.length > 0;
        },
      };
      signal.addEventListener("abort", leave);
      this.#waiters.add(waiter);
      this.#setTimer();
    });
  }

  /** Deletes what the handle was given out for; one that a later receiver has got meanwhile stays. */
  delete(receiptHandle: string): void {
    const { id, receives } = readHandle(receiptHandle);
    const message = this.#messages.get(id);
    if (message?.receives === receives) this.#remove(message);
  }

  changeVisibility(receiptHandle: string, visibilityMs: number): void {
    const { id, receives } = readHandle(receiptHandle);
    const message = this.#messages.get(id);
    if (!message) throw receiptHandleIsInvalid(receiptHandle);
    if (message.receives !== receives || message.visibleAt <= Date.now()) {
      throw new AwsError(400, "MessageNotInflight", "The specified message isn't in flight.");
    }
    this.#hide(message, { visibleAt: Date.now() + visibilityMs });
    this.#serveWaiters();
  }

  purge(): void {
    for (const message of this.#messages.values()) this.#files.remove(message);
    this.#messages.clear();
    this.#order.clear();
  }

  /** AWS's approximate numbers, exact here. */
  counts(): { readonly visible: number; readonly inFlight: number; readonly delayed: number } {
    const now = Date.now();
    let [visible, inFlight, delayed] = [0, 0, 0];
    for (const { visibleAt, receives } of this.#messages.values()) {
      if (visibleAt <= now) visible += 1;
      else if (receives > 0) inFlight += 1;
      else delayed += 1;
    }
    return { visible, inFlight, delayed };
  }

  /** Lets go of those who wait. */
  close(): void {
    for (const waiter of [...this.#waiters]) waiter.leave();
    this.#messages.clear();
    this.#order.clear();
  }

  #take(most: number, visibilityMs: number): Received[] {
    const now = Date.now();
    const expired = now - this.#ms("MessageRetentionPeriod");
    const taken: Received[] = [];
    // Hidden only at the end: with a timeout of 0 the same message would come again at once.
    const hidden: Message[] = [];
    for (
      let place = this.#order.peek();
      place && place.visibleAt <= now && taken.length < most;
      place = this.#order.peek()
    ) {
      this.#order.pop();
      const { message } = place;
      if (this.#messages.get(message.id) !== message || message.visibleAt !== place.visibleAt) continue;
      try {
        const content = this.#files.read(message);
        if (content === undefined) {
          this.#messages.delete(message.id);
          continue;
        }
        if (content.sentAt <= expired) {
          this.#remove(message);
          continue;
        }
        this.#files.change(message, {
          visibleAt: now + visibilityMs,
          receives: message.receives + 1,
          firstReceivedAt: message.firstReceivedAt || now,
        });
        hidden.push(message);
        taken.push({ message: { ...message }, content, receiptHandle: handleOf(message) });
      } catch (error) {
        // It keeps its place; those before it are hidden already, and must be given out.
        this.#order.push(place);
        if (taken.length === 0) throw error;
        break;
      }
    }
    for (const message of hidden) this.#order.push({ message, visibleAt: message.visibleAt });
    return taken;
  }

  #hide(message: Message, change: { readonly visibleAt: number }): void {
    this.#files.change(message, change);
    this.#order.push({ message, visibleAt: message.visibleAt });
  }

  #remove(message: Message): void {
    this.#messages.delete(message.id);
    this.#files.remove(message);
  }

  /** The longest waiting first. */
  #serveWaiters(): void {
    let soonest = 1;
    try {
      for (const waiter of [...this.#waiters]) if (!waiter.receive()) break;
    } catch {
      soonest = AGAIN_MS;
    }
    this.#setTimer(soonest);
  }

  /** One timer, for the next message that becomes visible; none when nobody waits. */
  #setTimer(soonest = 1): void {
    clearTimeout(this.#timer);
    const next = this.#order.peek();
    if (this.#waiters.size === 0 || !next) return;
    const ms = Math.min(Math.max(soonest, next.visibleAt - Date.now()), LONGEST_TIMER);
    this.#timer = setTimeout(() => this.#serveWaiters(), ms);
  }

  #ms(name: "DelaySeconds" | "VisibilityTimeout" | "MessageRetentionPeriod"): number {
    return numberOf(this.record.attributes, name) * 1000;
  }
}

const handleOf = ({ id, receives }: Message): string => Buffer.from(`${id} ${receives}`).toString("base64");

function readHandle(handle: string): { readonly id: string; readonly receives: number } {
  const [, id, receives] = /^([0-9a-f-]{36}) (\d+)$/.exec(Buffer.from(handle, "base64").toString("latin1")) ?? [];
  if (id === undefined) throw receiptHandleIsInvalid(handle);
  return { id, receives: Number(receives) };
}
