/** How a sandbox's first process is tied to the server that started it. */
import { type ChildProcess, spawn } from "node:child_process";
import { exportLines, TOOL_PATH } from "./shell.ts";

/**
 * The kernel's promise to signal a child when its parent dies says nothing of a parent that is dead already: a server that is
 * killed in the instant of a launch. So the child looks who its parent is after the promise was given.
 * Functions are the first that the kernel ends when the machine runs out of memory (a higher score needs no right).
 */
const GUARD = '[ "$PPID" = "$1" ] || exit 125; shift; echo 1000 >/proc/self/oom_score_adj; exec "$@"';

export interface GuardedOptions {
  /** What the program gets when the server dies; default: KILL. */
  readonly deathSignal?: "KILL" | "QUIT";
  /** The program's own environment, beside a PATH of system folders; default: empty. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Starts a sandbox's program as the leader of a process group. It ends with the server, however early that dies.
 * @param env of the function; written to the program's stdin, as {@link exportLines} has it
 */
export function spawnGuarded(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  options: GuardedOptions = {},
): ChildProcess {
  const guard = ["--pdeathsig", options.deathSignal ?? "KILL", "sh", "-c", GUARD, "sh", String(process.pid), ...argv];
  const child = spawn("setpriv", guard, {
    detached: true,
    env: { ...options.env, PATH: TOOL_PATH },
    cwd: "/",
    stdio: ["pipe", "pipe", "pipe"],
  });
  // A child that is gone before it has read its environment is reported by its exit.
  child.stdin.on("error", () => {});
  child.stdin.end(exportLines(env));
  return child;
}
