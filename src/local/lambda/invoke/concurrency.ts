/**
 * Lambda's limits of concurrent invocations: a function has what is reserved for it, the others share the rest of the account's. What
 * exceeds them is throttled. (How many environments this machine can bear is another matter: see Pool.)
 */
import { AwsError } from "../../service.ts";

/** Concurrent executions of an account, AWS's default. */
export const ACCOUNT_LIMIT = 1000;
/** What must be left for functions without a reservation. */
export const LEAST_UNRESERVED = 100;

export type ThrottleReason = "ReservedFunctionConcurrentInvocationLimitExceeded" | "ConcurrentInvocationLimitExceeded";

export interface ConcurrencyPorts {
  /** Reserved for the function; undefined: nothing. */
  readonly reserved: (functionName: string) => number | undefined;
  /** Sum of all reservations. */
  readonly totalReserved: () => number;
}

export class Concurrency {
  readonly #ports: ConcurrencyPorts;
  readonly #running = new Map<string, number>();

  constructor(ports: ConcurrencyPorts) {
    this.#ports = ports;
  }

  /** Most invocations of the function that may run at once when no other function runs. */
  limitOf(functionName: string): number {
    return this.#ports.reserved(functionName) ?? this.unreserved();
  }

  /** What functions without a reservation share. */
  unreserved(): number {
    return ACCOUNT_LIMIT - this.#ports.totalReserved();
  }

  /** Counts the invocation for as long as it runs; throws AwsError 429 `TooManyRequestsException`. */
  async run<T>(functionName: string, invoke: () => Promise<T>): Promise<T> {
    this.#check(functionName);
    this.#add(functionName, 1);
    try {
      return await invoke();
    } finally {
      this.#add(functionName, -1);
    }
  }

  #check(functionName: string): void {
    const reserved = this.#ports.reserved(functionName);
    if (reserved !== undefined) {
      if ((this.#running.get(functionName) ?? 0) >= reserved) {
        throw throttled("ReservedFunctionConcurrentInvocationLimitExceeded");
      }
      return;
    }
    let shared = 0;
    for (const [name, running] of this.#running) if (this.#ports.reserved(name) === undefined) shared += running;
    if (shared >= this.unreserved()) throw throttled("ConcurrentInvocationLimitExceeded");
  }

  #add(functionName: string, change: number): void {
    const running = (this.#running.get(functionName) ?? 0) + change;
    if (running > 0) this.#running.set(functionName, running);
    else this.#running.delete(functionName);
  }
}

function throttled(reason: ThrottleReason): AwsError {
  return new AwsError(429, "TooManyRequestsException", "Rate Exceeded.", { Reason: reason });
}
