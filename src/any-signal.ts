import { setMaxListeners } from "node:events";

/** A signal that is aborted as soon as one of `signals` is, with its reason: `AbortSignal.any`, which Node has from 20.3 on. */
export function anySignal(signals: readonly AbortSignal[]): AbortSignal {
  return "any" in AbortSignal ? AbortSignal.any([...signals]) : firstOf(signals);
}

/** {@link anySignal} where Node has none. Its listeners stay until one of the signals is aborted. */
export function firstOf(signals: readonly AbortSignal[]): AbortSignal {
  const first = new AbortController();
  for (const signal of signals) {
    if (signal.aborted) {
      first.abort(signal.reason);
      break;
    }
    // One for each request under a signal is no leak.
    setMaxListeners(0, signal);
    signal.addEventListener("abort", () => first.abort(signal.reason), { once: true, signal: first.signal });
  }
  return first.signal;
}
