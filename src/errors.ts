/** Exit codes of the `scar` command (DESIGN section 5). */
export const EXIT = {
  /** Done. */
  ok: 0,
  /** AWS, the container or the network failed. */
  failed: 1,
  /** Wrong usage or invalid configuration. */
  usage: 2,
  /** Ended by Ctrl-C or SIGTERM. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface ScarErrorOptions {
  /** What the user can do about it, one sentence. */
  readonly hint?: string;
  /** The error underneath, shown with `SCAR_DEBUG=1` only. */
  readonly cause?: unknown;
  /** Default: {@link EXIT.failed}. */
  readonly exitCode?: ExitCode;
}

/**
 * An error meant for the user: a stable PascalCase code, a message that names the wrong value, a hint that says what to do.
 * Anything else that reaches the edge is a fault of the program.
 */
export class ScarError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  readonly exitCode: ExitCode;

  constructor(code: string, message: string, options: ScarErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "ScarError";
    this.code = code;
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? EXIT.failed;
  }
}

/** One wrong value in a file or on the command line. */
export interface Problem {
  /** Where: `functions.aws[0].lambda.memory`, or a flag. */
  readonly path: string;
  /** What is wrong, naming the value. */
  readonly message: string;
  /** `file:line:column`, when the value stands in a file. */
  readonly location?: string;
}

/** Everything that is wrong with one input, found before anything was done (exit code 2). */
export class InvalidInputError extends ScarError {
  readonly problems: readonly Problem[];

  constructor(what: string, problems: readonly Problem[], hint?: string) {
    const lines = problems.map((p) => `  ${p.location ? `${p.location}: ` : ""}${p.path}: ${p.message}`);
    super("InvalidInput", `${what}:\n${lines.join("\n")}`, { exitCode: EXIT.usage, ...(hint ? { hint } : {}) });
    this.name = "InvalidInputError";
    this.problems = problems;
  }
}

/** A flag or field that scar knows and does not serve yet: refused before the first write, never ignored. */
export function notSupportedYet(what: string): ScarError {
  return new ScarError("NotSupportedYet", `${what}: not supported yet`, {
    hint: "CHANGELOG.md says what this version serves; nothing was changed",
  });
}

/** Throws what is wrong with several things as one error: a line each, with the code and the hint of the first. */
export function throwTogether(errors: readonly ScarError[]): void {
  const [first] = errors;
  if (first === undefined) return;
  if (errors.length === 1) throw first;
  const { code, hint, exitCode } = first;
  throw new ScarError(code, errors.map((error) => error.message).join("\n"), {
    exitCode,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
