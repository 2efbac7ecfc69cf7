/** What writes to a server that is going to be killed, and can tell afterwards whether all that was acknowledged is there. */
import { expect } from "vitest";
import type { LocalServer } from "../../../src/local/control.ts";

export interface Writer {
  readonly name: string;
  /** Makes what it writes into. Called once. */
  prepare(server: LocalServer): Promise<void>;
  /** Writes until the server is gone. `killed`: it was, and whoever is between two requests would go on with the next server. */
  write(killed: AbortSignal): Promise<void>;
  /** Fails when something acknowledged is missing, or something else half there. What it sees is what holds from then on. */
  check(): Promise<void>;
  /** Changes that were acknowledged so far. */
  readonly acknowledged: number;
}

/** What was acknowledged of every key, and what was asked for last and not answered. A value is text; undefined: not there. */
export class Ledger {
  readonly #held = new Map<string, string | undefined>();
  readonly #asked = new Map<string, string | undefined>();
  acknowledged = 0;

  /** Only one change of a key at a time. */
  async change(key: string, value: string | undefined, request: () => Promise<unknown>): Promise<void> {
    this.#asked.set(key, value);
    await request();
    this.#asked.delete(key);
    this.#held.set(key, value);
    this.acknowledged++;
  }

  held(key: string): string | undefined {
    return this.#held.get(key);
  }

  /** Every key that there is, or may be. */
  keys(): string[] {
    return [...new Set([...this.#held.keys(), ...this.#asked.keys()])];
  }

  /** What is there now must be what was acknowledged, or all of what was asked for. */
  settle(key: string, seen: string | undefined): void {
    const possible = [this.#held.get(key), ...(this.#asked.has(key) ? [this.#asked.get(key)] : [])];
    expect(possible, `${key} after the restart`).toContain(seen);
    this.#asked.delete(key);
    this.#held.set(key, seen);
  }
}

/** Repeats until the server does not answer, or was killed. What it refuses is an error. */
export async function untilGone(killed: AbortSignal, step: (n: number) => Promise<void>): Promise<void> {
  try {
    for (let n = 0; !killed.aborted; n++) await step(n);
  } catch (error) {
    const { $metadata, name, message } = error as { $metadata?: { httpStatusCode?: number } } & Error;
    const status = $metadata?.httpStatusCode ?? /^\d{3} /.exec(message)?.[0];
    if (status !== undefined) throw new Error(`refused: ${name}: ${message}`);
  }
}

/** The answer, or undefined when AWS says that there is no such thing. */
export async function ifThere<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if ((error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === 404) return undefined;
    throw error;
  }
}
