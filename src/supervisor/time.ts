/** How an invocation's time is shared out: input and command, outputs, answer. */
import { ScarError } from "../errors.ts";
import type { InvocationContext } from "./context.ts";
import type { Environment } from "./supervisor.ts";

type Limits = Pick<Environment, "settings" | "config">;

/** Milliseconds that input and command may take; the threshold is kept for stage-out and the answer. Throws ScarError `NoTimeLeft`. */
export function timeForCommand({ settings, config }: Limits, context: InvocationContext): number {
  const threshold = settings.timeoutThreshold ?? config.timeoutThreshold;
  const remaining = context.getRemainingTimeInMillis();
  const left = remaining - threshold * 1000;
  if (left > 0) return left;
  throw new ScarError(
    "NoTimeLeft",
    `no time for the command: ${(remaining / 1000).toFixed(1)} s are left and timeout_threshold keeps ${threshold} s back`,
    { hint: "raise the function's timeout or lower container.timeout_threshold" },
  );
}

/** Milliseconds kept for the answer, of a long time and of a short one. */
const ANSWER_MS = 1000;
const ANSWER_SHARE = 4;

/** Milliseconds that getting the image ready, or uploading the outputs, may take: a failure must still be told before Lambda ends the invocation. */
export function timeBeforeAnswer(context: InvocationContext): number {
  const remaining = context.getRemainingTimeInMillis();
  return remaining - Math.min(ANSWER_MS, remaining / ANSWER_SHARE);
}

/** Runs a transfer that is aborted with ScarError `TransferTimedOut` after so many milliseconds. */
export async function within<T>(ms: number, hint: string, transfer: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const late = new ScarError("TransferTimedOut", `its time is over, after ${(ms / 1000).toFixed(1)} s`, { hint });
  const timer = setTimeout(() => controller.abort(late), ms);
  try {
    return await transfer(controller.signal);
  } finally {
    clearTimeout(timer);
  }
}
