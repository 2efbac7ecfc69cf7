/** Invocations that wait for an environment, each function's in order. */
import type { Invocation, Outcome } from "./invocation.ts";

export interface Waiter {
  readonly functionName: string;
  readonly invocation: Invocation;
  readonly resolve: (outcome: Outcome | Promise<Outcome>) => void;
  readonly reject: (error: unknown) => void;
}

export class WaitingLine {
  /** By function, in the order in which their first waiters came. */
  readonly #lines = new Map<string, Waiter[]>();

  add(waiter: Waiter): void {
    const line = this.#lines.get(waiter.functionName);
    if (line) line.push(waiter);
    else this.#lines.set(waiter.functionName, [waiter]);
  }

  /** The first of every function: only these can be next. */
  firsts(): Waiter[] {
    return Array.from(this.#lines.values(), (line) => line[0]!);
  }

  /** Whether anybody waits for the function. */
  has(functionName: string): boolean {
    return this.#lines.has(functionName);
  }

  /** The function whose waiter was first goes to the end, behind those that waited as long. False: it waits no longer. */
  remove(waiter: Waiter): boolean {
    const line = this.#lines.get(waiter.functionName);
    const at = line?.indexOf(waiter) ?? -1;
    if (!line || at < 0) return false;
    line.splice(at, 1);
    if (at === 0) {
      this.#lines.delete(waiter.functionName);
      if (line.length > 0) this.#lines.set(waiter.functionName, line);
    }
    return true;
  }

  /** Takes everybody out. */
  clear(): Waiter[] {
    const all = [...this.#lines.values()].flat();
    this.#lines.clear();
    return all;
  }
}
