/** A container's process with the user's own streams. */
import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { constants } from "node:os";
import { kill } from "node:process";
import type { Readable, Writable } from "node:stream";
import type { SpawnPlan } from "../../../container/engine.ts";
import { messageOf, ScarError } from "../../../errors.ts";
import type { World } from "../../world.ts";

export interface ForegroundEnd {
  /** Exit status; 128 + N for signal N. */
  readonly status: number;
  /** Both output streams, where they were asked for; "" otherwise. */
  readonly output: string;
}

export interface ForegroundOptions {
  /** Its output is returned instead of shown. */
  readonly capture: boolean;
  /** It writes its exit status to file descriptor 3. */
  readonly tellsStatus: boolean;
}

/** Milliseconds that a program has to end after a signal. */
const GRACE_MS = 2000;

/**
 * Runs the plan to its end. Streams that are files of the process are handed on as they are, so that a terminal stays one. On a terminal
 * the program shares scar's process group: Ctrl-C is its to answer. Elsewhere it has its own, which gets the signals that scar gets.
 * Throws ScarError `CommandNotStarted`.
 */
export async function runInForeground(
  plan: SpawnPlan,
  world: World,
  { capture, tellsStatus }: ForegroundOptions,
): Promise<ForegroundEnd> {
  const onTerminal = world.stdin.isTTY === true;
  const resume = world.yieldTerminal?.();
  const chunks: Buffer[] = [];
  const outputs = capture ? (["pipe", "pipe"] as const) : [fdOf(world.stdout), fdOf(world.stderr)];
  const child = start(plan, {
    stdio: [fdOf(world.stdin), ...outputs, ...(tellsStatus ? (["pipe"] as const) : [])],
    detached: !onTerminal,
  });
  if (child.stdin) {
    // The program may end before it has read all.
    child.stdin.on("error", () => {});
    world.stdin.pipe(child.stdin);
  }
  for (const [from, to] of [[child.stdout, world.stdout] as const, [child.stderr, world.stderr] as const]) {
    if (capture) from?.on("data", (chunk: Buffer) => chunks.push(chunk));
    else from?.pipe(to, { end: false });
  }
  let told = "";
  (child.stdio[3] as Readable | undefined)?.on("data", (chunk: Buffer) => {
    told += chunk.toString("latin1");
  });
  const stopListening = passSignals(child, world.signal, onTerminal);
  try {
    const end = await ended(child);
    const status = /^\d+\n$/.test(told) ? Number(told) : end;
    return { status, output: Buffer.concat(chunks).toString("utf8") };
  } finally {
    stopListening();
    resume?.();
    if (child.stdin) world.stdin.unpipe(child.stdin);
    // Daemons of engines without a PID namespace.
    if (!onTerminal) send(child, "SIGKILL", true);
  }
}

function start(plan: SpawnPlan, options: { stdio: StdioOptions; detached: boolean }): ChildProcess {
  try {
    return spawn(plan.file, [...plan.args], { env: { ...plan.env }, cwd: plan.cwd, ...options });
  } catch (cause) {
    throw notStarted(cause);
  }
}

function notStarted(cause: unknown): ScarError {
  return new ScarError("CommandNotStarted", `the command was not started: ${messageOf(cause)}`, { cause });
}

/** The file descriptor under a stream of the process; `pipe` for any other stream. */
function fdOf(stream: Readable | Writable): number | "pipe" {
  const { fd } = stream as { readonly fd?: unknown };
  return typeof fd === "number" && fd >= 0 ? fd : "pipe";
}

function ended(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", (cause) => reject(notStarted(cause)));
    child.once("close", (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? "SIGKILL"]));
  });
}

/** Returns what ends it. */
function passSignals(child: ChildProcess, signal: AbortSignal, onTerminal: boolean): () => void {
  let timer: NodeJS.Timeout | undefined;
  const pass = (): void => {
    const name = signal.reason === "SIGINT" ? "SIGINT" : "SIGTERM";
    // The terminal has sent it to the program too, which may well go on.
    if (onTerminal && name === "SIGINT") return;
    send(child, name, !onTerminal);
    timer = setTimeout(() => send(child, "SIGKILL", !onTerminal), GRACE_MS);
  };
  if (signal.aborted) pass();
  else signal.addEventListener("abort", pass, { once: true });
  return () => {
    signal.removeEventListener("abort", pass);
    clearTimeout(timer);
  };
}

function send(child: ChildProcess, name: NodeJS.Signals, group: boolean): void {
  if (child.pid === undefined) return;
  try {
    kill(group ? -child.pid : child.pid, name);
  } catch {
    // It has ended.
  }
}
