import type { Readable, Writable } from "node:stream";

/** All that a command may touch of the process it runs in; tests make their own. */
export interface World {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** Results alone. */
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  /** Progress, notices and errors. */
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  /** Folder of the built bundles (`supervisor/`, `local/`). */
  readonly distDir: string;
  /** scar.log, where this command has one. */
  readonly log?: Log;
  /** Aborted by Ctrl-C, SIGTERM or SIGHUP. */
  readonly signal: AbortSignal;
  /**
   * Leaves the keys of the terminal to a program in the foreground: Ctrl-C does not end scar until the function returned is called.
   * Missing where there is no terminal.
   */
  readonly yieldTerminal?: () => () => void;
  /** From now on memory is swept up early, and its peak is lower: told by who makes thousands of requests. It costs a short command time. */
  readonly sweepEarly?: () => void;
}

export type LogLevel = "INFO" | "WARNING" | "ERROR";

/** What the user is told, kept in a file. It never throws. */
export interface Log {
  say(level: LogLevel, text: string): void;
  /** From here on the command does something: only now is the file made. */
  begin(): void;
}
