/** AWS lets an account delete one REST API in 30 seconds; the local one does so when it is asked to (behaviour.ts). */
import { tooManyRequests } from "./errors.ts";

/** @param pauseMs between two deletions; 0: none is refused */
export function deletionPause(pauseMs: number, now: () => number = Date.now): () => void {
  let free = Number.NEGATIVE_INFINITY;
  return () => {
    if (now() < free) throw tooManyRequests();
    free = now() + pauseMs;
  };
}
