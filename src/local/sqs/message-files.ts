/**
 * Messages on disk: one file each, `VISIBLE-SERIAL-RECEIVES-FIRST-ID`, with what was sent in it. What changes (when it is visible, how often
 * it was received) is in the name: a rename makes the change, whole at any time. All is done at once, without a moment in which two
 * requests could meet the same message half changed.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { StoredMessage } from "./model.ts";

/** What is known of a message without its file. Times are ms since the epoch. */
export interface Message {
  readonly id: string;
  /** Of its sending, within this and earlier runs. */
  readonly serial: number;
  visibleAt: number;
  receives: number;
  /** 0: never received. */
  firstReceivedAt: number;
}

const NAME = /^(\d{15})-(\d{9})-(\d+)-(\d+)-(.+)$/;

const nameOf = ({ visibleAt, serial, receives, firstReceivedAt, id }: Message): string =>
  `${String(visibleAt).padStart(15, "0")}-${String(serial).padStart(9, "0")}-${receives}-${firstReceivedAt}-${id}`;

export class MessageFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /** What a server before has left. */
  list(): Message[] {
    return readdirSync(this.#folder).flatMap((file) => {
      const match = NAME.exec(file);
      if (!match) {
        // Never acknowledged: the server died before it was whole.
        if (file.startsWith(".")) rmSync(this.#path(file), { force: true });
        return [];
      }
      const [, visibleAt, serial, receives, firstReceivedAt, id] = match;
      return [
        {
          id: id!,
          serial: Number(serial),
          visibleAt: Number(visibleAt),
          receives: Number(receives),
          firstReceivedAt: Number(firstReceivedAt),
        },
      ];
    });
  }

  /** On disk, whole, when it returns. */
  add(message: Message, content: StoredMessage): void {
    const name = nameOf(message);
    writeFileSync(this.#path(`.${name}`), JSON.stringify(content), { mode: 0o600 });
    renameSync(this.#path(`.${name}`), this.#path(name));
  }

  /** Undefined: the file is gone, or damaged (and stays). Throws what the system says otherwise. */
  read(message: Message): StoredMessage | undefined {
    try {
      return JSON.parse(readFileSync(this.#path(nameOf(message)), "utf8")) as StoredMessage;
    } catch (error) {
      if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  /** Changes the message, on disk and here. */
  change(message: Message, change: Partial<Message>): void {
    const changed = { ...message, ...change };
    renameSync(this.#path(nameOf(message)), this.#path(nameOf(changed)));
    Object.assign(message, changed);
  }

  remove(message: Message): void {
    rmSync(this.#path(nameOf(message)), { force: true });
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }
}
