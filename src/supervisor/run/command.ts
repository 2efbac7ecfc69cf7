import { spawn } from "node:child_process";
import { closeSync } from "node:fs";
import type { Readable } from "node:stream";
import type { SpawnPlan } from "../../container/engine.ts";
import { messageOf, ScarError } from "../../errors.ts";
import { killLeftovers, type RunMark } from "./leftovers.ts";
import type { OutputPipe, PipeEnds } from "./output-pipe.ts";

export interface CommandRun {
  readonly plan: SpawnPlan;
  /** Milliseconds; then the process group is killed. */
  readonly timeoutMs: number;
  /** What tells the run's processes from others. */
  readonly mark: Omit<RunMark, "group">;
  /** Missing, or in use by another command: two sockets, without order between the streams. */
  readonly pipe: OutputPipe | undefined;
  readonly onOutput: (chunk: Buffer) => void;
}

export interface CommandEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly timedOut: boolean;
  /** The output ended with the last process; false: something that could not be killed holds the pipe. */
  readonly drained: boolean;
  /** Pids that outlived the run. */
  readonly survivors: readonly number[];
}

/** Milliseconds for the rest of the output after every process was killed. */
const DRAIN_MS = 5000;

/**
 * Runs the plan in a process group of its own, stdin at its end. When the command ends, or at the deadline, all that it started is
 * killed; a daemon that holds the output open delays nothing. Throws ScarError `CommandNotStarted`.
 */
export async function runCommand(run: CommandRun): Promise<CommandEnd> {
  const shared = run.pipe?.open();
  let drained = false;
  try {
    const end = await runIn(run, shared);
    drained = end.drained;
    return end;
  } finally {
    if (shared) await run.pipe?.release(drained);
  }
}

async function runIn(run: CommandRun, shared: PipeEnds | undefined): Promise<CommandEnd> {
  const output = shared ? shared.writeFd : ("pipe" as const);
  let child: ReturnType<typeof spawn>;
  try {
    child = spawn(run.plan.file, [...run.plan.args], {
      env: { ...run.plan.env },
      cwd: run.plan.cwd,
      stdio: ["ignore", output, output],
      detached: true,
    });
  } catch (cause) {
    shared?.reader.destroy();
    throw new ScarError("CommandNotStarted", `the command was not started: ${messageOf(cause)}`, { cause });
  } finally {
    if (shared) closeSync(shared.writeFd);
  }
  const readers: Readable[] = shared ? [shared.reader] : [child.stdout!, child.stderr!];
  const ended = Promise.all(readers.map((reader) => consume(reader, run.onOutput)));
  let timedOut = false;
  const mark = { ...run.mark, group: child.pid };
  const deadline = setTimeout(() => {
    timedOut = true;
    killLeftovers(mark);
  }, run.timeoutMs);
  try {
    const { exitCode, signal } = await exit(child);
    clearTimeout(deadline);
    const survivors = killLeftovers(mark);
    const drained = await within(ended, DRAIN_MS);
    return { exitCode, signal, timedOut, drained, survivors };
  } finally {
    clearTimeout(deadline);
    for (const reader of readers) reader.destroy();
  }
}

function exit(child: ReturnType<typeof spawn>): Promise<{ exitCode: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((resolve, reject) => {
    child.once("exit", (exitCode, signal) => resolve({ exitCode, signal }));
    child.once("error", (cause) =>
      reject(new ScarError("CommandNotStarted", `the command was not started: ${cause.message}`, { cause })),
    );
  });
}

function consume(reader: Readable, onOutput: (chunk: Buffer) => void): Promise<void> {
  return new Promise((resolve) => {
    reader.on("data", onOutput);
    reader.once("close", resolve);
    reader.once("error", () => resolve());
  });
}

async function within(promise: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
