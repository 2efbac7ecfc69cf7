/** A udocker that the user brings (`UDOCKER_EXEC`), driven by its command line. */
import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { ScarError } from "../../errors.ts";

export interface UdockerAnswer {
  /** undefined: ended by a signal, or not started. */
  readonly status: number | undefined;
  readonly stdout: string;
  /** The last lines of both streams: what went wrong. */
  readonly complaint: string;
}

/** Milliseconds for `version`. */
const VERSION_MS = 20_000;

/** Bytes of output that are kept. */
const OUTPUT_LIMIT = 16 * 1024 * 1024;

export class Udocker {
  /** Absolute path. */
  readonly file: string;
  /** Options before the command. */
  readonly general: readonly string[];
  readonly env: Readonly<Record<string, string>>;

  /** @param env its whole environment: `PATH`, `HOME`, `UDOCKER_DIR` and so on */
  constructor(file: string, env: Readonly<Record<string, string | undefined>>, isRoot: boolean) {
    this.file = file;
    // It refuses root otherwise; jobs of Batch run as root.
    this.general = isRoot ? ["--allow-root"] : [];
    this.env = Object.fromEntries(
      Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined),
    );
  }

  /** Runs one command to its end, whatever its status. */
  run(args: readonly string[], options: { readonly timeoutMs?: number } = {}): Promise<UdockerAnswer> {
    return new Promise((resolve) => {
      const settings = {
        env: { ...this.env },
        maxBuffer: OUTPUT_LIMIT,
        killSignal: "SIGKILL" as const,
        ...(options.timeoutMs && { timeout: options.timeoutMs }),
      };
      const child = execFile(this.file, [...this.general, ...args], settings, (error, stdout, stderr) => {
        const said = `${stdout}\n${stderr}`.trim().split("\n").slice(-3).join("; ");
        resolve({ status: child.exitCode ?? undefined, stdout, complaint: said || error?.message || "" });
      });
      child.stdin?.end();
    });
  }

  /** The same for a command that has to succeed: its standard output. Throws ScarError `UdockerFailed`. */
  async check(args: readonly string[]): Promise<string> {
    const { status, stdout, complaint } = await this.run(args);
    if (status === 0) return stdout;
    throw new ScarError("UdockerFailed", `udocker ${args[0]} failed with status ${status ?? "unknown"}: ${complaint}`, {
      hint: `UDOCKER_EXEC names ${this.file}; without it the supervisor runs the image by itself`,
    });
  }
}

/** Whether it is there and answers; text: why it is not taken. */
export async function isUsable(udocker: Udocker): Promise<true | string> {
  try {
    accessSync(udocker.file, constants.X_OK);
  } catch {
    return "there is no such program";
  }
  for (const question of ["version", "--version"]) {
    const { status, stdout } = await udocker.run([question], { timeoutMs: VERSION_MS });
    if (status === 0 && /version/i.test(stdout)) return true;
  }
  return "it does not tell its version";
}
