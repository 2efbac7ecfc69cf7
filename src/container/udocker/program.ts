/** A udocker that the user brings (`UDOCKER_EXEC`), driven by its command line. */
import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { kill } from "node:process";
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

  readonly #signal: AbortSignal | undefined;

  /**
   * @param env its whole environment: `PATH`, `HOME`, `UDOCKER_DIR` and so on
   * @param signal ends what is under way
   */
  constructor(file: string, env: Readonly<Record<string, string | undefined>>, isRoot: boolean, signal?: AbortSignal) {
    this.file = file;
    this.#signal = signal;
    // It refuses root otherwise; jobs of Batch run as root.
    this.general = isRoot ? ["--allow-root"] : [];
    this.env = Object.fromEntries(
      Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined),
    );
  }

  /** Runs one command to its end, whatever its status. Throws the signal's reason. */
  async run(args: readonly string[], options: { readonly timeoutMs?: number } = {}): Promise<UdockerAnswer> {
    const signal = this.#signal;
    signal?.throwIfAborted();
    // A group of its own: what it starts (curl, tar) must not go on without it.
    const child = spawn(this.file, [...this.general, ...args], {
      env: { ...this.env },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const end = () => killGroup(child.pid);
    const timer = options.timeoutMs === undefined ? undefined : setTimeout(end, options.timeoutMs);
    signal?.addEventListener("abort", end, { once: true });
    const [stdout, stderr] = [new KeptText(), new KeptText()];
    child.stdout.on("data", (chunk: Buffer) => stdout.add(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.add(chunk));
    try {
      const failure = await new Promise<Error | undefined>((resolve) => {
        child.once("error", resolve);
        child.once("close", () => resolve(undefined));
      });
      signal?.throwIfAborted();
      const said = `${stdout}\n${stderr}`.trim().split("\n").slice(-3).join("; ");
      return { status: child.exitCode ?? undefined, stdout: String(stdout), complaint: said || failure?.message || "" };
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
    }
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

/** The beginning of a stream, as much as is kept. */
class KeptText {
  readonly #chunks: Buffer[] = [];
  #left = OUTPUT_LIMIT;

  add(chunk: Buffer): void {
    if (this.#left > 0) this.#chunks.push(chunk.subarray(0, this.#left));
    this.#left -= chunk.length;
  }

  toString(): string {
    return Buffer.concat(this.#chunks).toString("utf8");
  }
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) kill(-pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}
