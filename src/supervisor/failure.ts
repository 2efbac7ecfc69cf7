import { messageOf, ScarError } from "../errors.ts";
import type { CapturedOutput } from "./run/captured-output.ts";

/** A failure as the caller sees it, and as the function's log has it. */
export interface Failure {
  /** PascalCase; Lambda's `errorType`. */
  readonly code: string;
  readonly message: string;
  readonly logged: string;
}

/** Bytes of the command's last output in a failure's message. */
const LAST_OUTPUT = 4096;

/**
 * A ScarError is for the user, whole; so are the file system's own (`ENOSPC: no space left on device`). Anything else is a fault of the
 * supervisor: its details are the log's alone.
 */
export function describeFailure(error: unknown, output: CapturedOutput): Failure {
  const last = output.total > 0 ? `\nlast output:\n${output.end(LAST_OUTPUT)}` : "";
  if (error instanceof ScarError) {
    const message = error.hint ? `${error.message} (${error.hint})` : error.message;
    return { code: error.code, message: message + last, logged: message };
  }
  if (error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === "string") {
    return { code: "SystemError", message: error.message + last, logged: error.message };
  }
  const logged = error instanceof Error ? (error.stack ?? error.message) : messageOf(error);
  return { code: "SupervisorFault", message: `the supervisor failed; the function's log says why${last}`, logged };
}
