/** Why a function's runtime did not answer, in AWS's words. */
import { SETUP_FAILED, SETUP_FAILED_PREFIX } from "../../sandbox/sandbox.ts";
import { failure } from "./invocation.ts";

export interface RuntimeFault {
  /** AWS's `errorType`: `Runtime.ExitError`, … */
  readonly errorType: string;
  /** Follows `RequestId: ID Error: `. */
  readonly message: string;
  readonly status: "error" | "timeout";
  /** The error document that the runtime posted itself. */
  readonly document?: Buffer;
}

/** The sandbox could not be made: not the function's fault, and of no use to try again. */
export const SETUP_ERROR = "Sandbox.SetupError";

/** The answer to the caller. */
export function faultDocument({ errorType, message, document }: RuntimeFault, requestId: string): Buffer {
  if (document !== undefined) return document;
  return failure(errorType, errorType === SETUP_ERROR ? message : `RequestId: ${requestId} Error: ${message}`);
}

/**
 * What Lambda writes into the log between START and END; undefined for what the runtime has told itself.
 * @param now of a timeout
 */
export function faultLine(fault: RuntimeFault, requestId: string, now: Date): string | undefined {
  if (fault.document !== undefined) return undefined;
  // An empty line follows, as on Lambda.
  if (fault.status === "timeout") return `${now.toISOString()} ${requestId} ${fault.message}\n\n`;
  return `RequestId: ${requestId} Error: ${fault.message}\n${fault.errorType}\n`;
}

/** @param seconds the function's timeout */
export function timedOut(seconds: number): RuntimeFault {
  return {
    errorType: "Sandbox.Timedout",
    message: `Task timed out after ${seconds.toFixed(2)} seconds`,
    status: "timeout",
  };
}

/** The function used more memory than it has. */
export const OUT_OF_MEMORY: RuntimeFault = {
  errorType: "Runtime.OutOfMemory",
  message: "Runtime exited with error: signal: killed",
  status: "error",
};

/** The runtime ended. @param lastLine what it wrote last */
export function exitFault(code: number | null, signal: NodeJS.Signals | null, lastLine: string): RuntimeFault {
  if (code === SETUP_FAILED && lastLine.startsWith(SETUP_FAILED_PREFIX)) {
    return { errorType: SETUP_ERROR, message: lastLine.slice(SETUP_FAILED_PREFIX.length), status: "error" };
  }
  return { errorType: "Runtime.ExitError", message: exitMessage(code, signal), status: "error" };
}

/** The runtime posted to `/runtime/init/error`. @param header `Lambda-Runtime-Function-Error-Type` */
export function initError(document: Buffer, header: string | undefined): RuntimeFault {
  return { errorType: header ?? errorTypeOf(document) ?? "Runtime.Unknown", message: "", status: "error", document };
}

function errorTypeOf(document: Buffer): string | undefined {
  try {
    const { errorType } = JSON.parse(document.toString("utf8")) as { errorType?: unknown };
    return typeof errorType === "string" ? errorType : undefined;
  } catch {
    return undefined;
  }
}

function exitMessage(code: number | null, signal: NodeJS.Signals | null): string {
  if (code === 0) return "Runtime exited without providing a reason";
  // The shell above the runtime reports a signal as 128 and its number.
  if (signal === "SIGKILL" || code === 137) return "Runtime exited with error: signal: killed";
  return `Runtime exited with error: ${code === null ? `signal: ${signal}` : `exit status ${code}`}`;
}
