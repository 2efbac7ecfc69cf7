/** Looks at the memory of a sandbox while something runs in it. Nothing is looked at, and no timer runs, while it is idle. */
import type { MemoryUse } from "../../sandbox/sandbox.ts";

/** ms between two looks. */
const INTERVAL_MS = 250;

export interface MemoryWatchOptions {
  /** Bytes. */
  readonly limit: number;
  readonly measure: (exactAbove: number) => MemoryUse | undefined;
  /** More than the limit is in use. Called once. */
  readonly onExceeded: () => void;
}

export class MemoryWatch {
  readonly #options: MemoryWatchOptions;
  #timer: NodeJS.Timeout | undefined;
  #peak = 0;
  #exceeded = false;

  constructor(options: MemoryWatchOptions) {
    this.#options = options;
  }

  /** Most bytes seen so far; never more than the limit. */
  get peak(): number {
    return this.#peak;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.look(), INTERVAL_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Looks once, now. */
  look(): void {
    const { limit, measure, onExceeded } = this.#options;
    if (this.#exceeded) return;
    const use = measure(limit);
    if (use === undefined) return;
    this.#exceeded = use.now > limit;
    this.#peak = this.#exceeded ? limit : Math.min(limit, Math.max(this.#peak, use.now, use.peak));
    if (this.#exceeded) onExceeded();
  }
}
