import { EXIT, messageOf, ScarError } from "../../errors.ts";
import { UsageError } from "../usage.ts";
import type { World } from "../world.ts";

/** What the user is shown of an error. */
interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
  readonly exitCode: number;
}

/** Writes the error to stderr, as text or as one line of JSON, and returns the exit code. */
export function reportFailure(error: unknown, world: World, json: boolean): number {
  if (isClosedPipe(error)) return EXIT.ok;
  const failure = describe(error, world.signal.aborted);
  const isUnexpected = failure.code === UNEXPECTED;
  world.log?.say("ERROR", `${failure.code}: ${failure.message}${isUnexpected ? `\n${stackOf(error)}` : ""}`);
  if (json) {
    const { code, message, hint } = failure;
    world.stderr.write(`${JSON.stringify({ Error: { Code: code, Message: message, Hint: hint ?? "" } })}\n`);
  } else if (error instanceof UsageError) {
    world.stderr.write(`${error.usage}\n${error.program}: error: ${failure.message}\n  hint: ${failure.hint}\n`);
  } else {
    world.stderr.write(`scar: ${failure.message}\n${failure.hint ? `  hint: ${failure.hint}\n` : ""}`);
  }
  if (world.env["SCAR_DEBUG"] === "1") world.stderr.write(`${stackOf(error)}\n`);
  return failure.exitCode;
}

const UNEXPECTED = "InternalError";

function describe(error: unknown, aborted: boolean): Failure {
  if (aborted) {
    const message = error instanceof ScarError && error.code === "Interrupted" ? error.message : "interrupted";
    return { code: "Interrupted", message, hint: undefined, exitCode: EXIT.interrupted };
  }
  if (error instanceof ScarError) {
    return { code: error.code, message: error.message, hint: error.hint, exitCode: error.exitCode };
  }
  if (isServiceException(error)) {
    const message = `AWS answered ${error.name}: ${error.message}`;
    return { code: error.name, message, hint: undefined, exitCode: EXIT.failed };
  }
  return {
    code: UNEXPECTED,
    message: `internal error: ${messageOf(error)}`,
    hint: "this is a fault of scar: run it again with SCAR_DEBUG=1 and report what it prints",
    exitCode: EXIT.failed,
  };
}

/** The SDK's exceptions, known by their shape so that no SDK is loaded to ask. */
function isServiceException(error: unknown): error is Error {
  return error instanceof Error && "$metadata" in error;
}

/** The reader of our output went away (`scar ls | head -1`): nobody is left to be told. */
function isClosedPipe(error: unknown): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === "EPIPE";
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : `\ncaused by ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
