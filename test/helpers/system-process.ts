/** Running programs in the system tests: every process has an end, and a failure shows what was run and what it said. */
import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

export interface Finished {
  /** Exit status; 128 + n when signal n ended it, as a shell has it. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  /** The whole environment; default: this process's. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Text on stdin; default: none (closed). */
  readonly input?: string;
  /** Runs as this user, without any other group; needs root. */
  readonly user?: OrdinaryUser | undefined;
  /** Seconds until the process group is killed; default 120. */
  readonly timeout?: number;
}

export interface OrdinaryUser {
  readonly uid: number;
  readonly gid: number;
}

const SIGNALS: Record<string, number> = { SIGINT: 2, SIGKILL: 9, SIGSEGV: 11, SIGTERM: 15 };

/** Runs a program to its end, whatever its status. Throws when it does not exist or does not end in time. */
export async function run(file: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
    ...(options.user ? { uid: options.user.uid, gid: options.user.gid } : {}),
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
  // A program may end before it has read its input.
  child.stdin.on("error", () => {});
  child.stdin.end(options.input ?? "");
  const seconds = options.timeout ?? 120;
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    killGroup(child.pid);
  }, seconds * 1000);
  try {
    // `exit`, then what the pipes still hold: a background process that kept them open must not hold the test.
    const status = await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code, signal) => {
        const ended = code ?? 128 + (SIGNALS[signal ?? ""] ?? 0);
        const grace = setTimeout(() => resolve(ended), 2000);
        child.once("close", () => {
          clearTimeout(grace);
          resolve(ended);
        });
      });
    });
    const result = { status, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() };
    if (late) throw new Error(`did not end within ${seconds} s: ${describeRun(file, args, result)}`);
    return result;
  } finally {
    clearTimeout(timer);
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

/** Runs a program that has to succeed; answers its stdout. */
export async function check(file: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const result = await run(file, args, options);
  if (result.status !== 0) throw new Error(describeRun(file, args, result));
  return result.stdout;
}

export function describeRun(file: string, args: readonly string[], result: Finished): string {
  const said = [result.stdout, result.stderr].map((text) => text.trim()).filter((text) => text !== "");
  return `${[file, ...args].join(" ")}: status ${result.status}\n${said.join("\n")}`;
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has just ended.
  }
}

/** Asks again and again until there is an answer. Throws after the deadline, naming what was waited for. */
export async function until<T>(
  what: string,
  seconds: number,
  ask: () => Promise<T | undefined> | T | undefined,
  pauseMs = 100,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${seconds} s`);
    await sleep(pauseMs);
  }
}

/** Ends a process of ours: asks, waits, and kills what does not listen. */
export async function end(pid: number, seconds = 10): Promise<void> {
  try {
    process.kill(pid, "SIGTERM");
    await until(`end of process ${pid}`, seconds, () => (isAlive(pid) ? undefined : true));
  } catch {
    if (isAlive(pid)) process.kill(pid, "SIGKILL");
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
