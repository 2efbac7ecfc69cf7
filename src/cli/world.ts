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
  /** Aborted by Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  /**
   * Leaves the keys of the terminal to a program in the foreground: Ctrl-C does not end scar until the function returned is called.
   * Missing where there is no terminal.
   */
  readonly yieldTerminal?: () => () => void;
}
