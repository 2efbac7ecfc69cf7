import { execFile } from "node:child_process";
import { constants } from "node:os";

export interface OnceResult {
  /** Exit status; 128 + N for signal N; undefined when the program could not be started. */
  readonly status: number | undefined;
  /** Standard error, or why it could not be started. */
  readonly message: string;
}

/** Milliseconds; the programs tried here take some 10. */
const TIMEOUT_MS = 10_000;

/** Runs a program to its end, to see whether it works. */
export function runOnce(program: {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
}): Promise<OnceResult> {
  return new Promise((resolve) => {
    const options = { env: { ...program.env }, cwd: program.cwd, timeout: TIMEOUT_MS, killSignal: "SIGKILL" as const };
    const child = execFile(program.file, [...program.args], options, (error, _stdout, stderr) => {
      if (child.exitCode !== null) resolve({ status: child.exitCode, message: stderr.trim() });
      else if (child.signalCode !== null) {
        resolve({ status: 128 + constants.signals[child.signalCode], message: `ended by ${child.signalCode}` });
      } else resolve({ status: undefined, message: error?.message ?? "" });
    });
    child.stdin?.end();
  });
}
