/** How a sandbox's first process is tied to the server that started it. */
import { type ChildProcess, spawn } from "node:child_process";
import { exportLines, TOOL_PATH } from "./shell.ts";

/**
 * The kernel's promise to signal a child when its parent dies says nothing of a parent that is dead already: a server that is
 * killed in the instant of a launch. So the child looks who its parent is after the promise was given.
 * Functions are the first that the kernel ends when the machine runs out of memory (a higher score needs no right).
 */
const GUARD = '[ "$PPID" = "$1" ] || exit 125; shift; echo 1000 >/proc/self/oom_score_adj; exec "$@"';

/**
 * Starts a sandbox's program as the leader of a process group. It gets `deathSignal` when the server dies, however early.
 * @param env written to its stdin, as {@link exportLines} has it
 */
export function spawnGuarded(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  deathSignal: "KILL" | "QUIT" = "KILL",
): ChildProcess {
  const guard = ["--pdeathsig", deathSignal, "sh", "-c", GUARD, "sh", String(process.pid), ...argv];
  const child = spawn("setpriv", guard, {
    detached: true,
    env: { PATH: TOOL_PATH },
    cwd: "/",
    stdio: ["pipe", "pipe", "pipe"],
  });
  // A child that is gone before it has read its environment is reported by its exit.
  child.stdin.on("error", () => {});
  child.stdin.end(exportLines(env));
  return child;
}
