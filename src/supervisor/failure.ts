import { messageOf, ScarError } from "../errors.ts";
import type { CapturedOutput } from "./run/captured-output.ts";

/** A failure as the caller sees it, and as the function's log has it. */
export interface Failure {
  /** PascalCase; Lambda's `errorType`. */
  readonly code: string;
  readonly message: string;
  readonly logged: string;
}

/** The hint where something did not fit into /tmp. */
export const TMP_IS_FULL = "/tmp is full: raise lambda.ephemeral_storage";

/** Bytes of the command's last output in a failure's message. */
const LAST_OUTPUT = 4096;

/**
 * A ScarError is for the user, whole; so are the file system's own (`ENOSPC: no space left on device`). Anything else is a fault of the
 * supervisor: its details are the log's alone.
 */
export function describeFailure(error: unknown, output: CapturedOutput): Failure {
  const last = output.total > 0 ? `\nlast output:\n${output.end(LAST_OUTPUT)}` : "";
  const isSystemError = error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === "string";
  if (error instanceof ScarError || isSystemError) {
    const message = explain(error);
    return { code: error instanceof ScarError ? error.code : "SystemError", message: message + last, logged: message };
  }
  const logged = error instanceof Error ? (error.stack ?? error.message) : messageOf(error);
  return { code: "SupervisorFault", message: `the supervisor failed; the function's log says why${last}`, logged };
}

/** A failure as the caller of an HTTP endpoint sees it. */
export interface PublicFailure {
  readonly statusCode: number;
  readonly message: string;
}

/** By code: failures whose messages have nothing of the function's inside in them, no path, no name, no output of the command. */
const PUBLIC: Readonly<Record<string, number>> = {
  InvalidBody: 400,
  CommandFailed: 500,
  CommandKilled: 500,
  CommandTimedOut: 500,
  OutputTooLarge: 500,
};

/** Whoever calls an endpoint may be anybody: all else is said in the function's log alone. */
export function publicFailure(error: unknown): PublicFailure {
  const statusCode = error instanceof ScarError ? PUBLIC[error.code] : undefined;
  if (statusCode === undefined) return { statusCode: 500, message: "the function failed; its log says why" };
  // What its owner could change is none of the caller's business, what the caller could is.
  return { statusCode, message: statusCode < 500 ? explain(error) : messageOf(error) };
}

/** The message with what to do about it. */
export function explain(error: unknown): string {
  const hint = error instanceof ScarError && error.hint ? error.hint : isDiskFull(error) && TMP_IS_FULL;
  return hint ? `${messageOf(error)} (${hint})` : messageOf(error);
}

/** The image, its layers, the input: all of them end up in /tmp. */
function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code = "" } = error as NodeJS.ErrnoException;
  return ["ENOSPC", "EDQUOT", "NoSpaceLeft"].includes(code) || isDiskFull(error.cause);
}
