/** How a sandbox's processes are tied to the server that started them. */
import { type ChildProcess, spawn } from "node:child_process";
import { exportLines, TOOL_PATH } from "./shell.ts";

/** Functions are the first that the kernel ends when the machine runs out of memory (a higher score needs no right). */
const FIRST_TO_GO = 'echo 1000 >/proc/self/oom_score_adj; exec "$@"';

export interface GuardedOptions {
  /** What the program gets when the server dies; default: KILL. */
  readonly deathSignal?: "KILL" | "QUIT";
  /** The program's own environment, beside a PATH of system folders; default: empty. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether it runs `BECOME_PROGRAM_WHEN_TOLD`, which asks on file descriptor 3; else it is told at once. */
  readonly asks: boolean;
}

/**
 * Starts a sandbox's program as the leader of a process group; it ends with the server.
 *
 * The kernel's promise to signal a child when its parent dies says nothing of a parent that is dead already, and every process
 * between the server and the function (`unshare`, `bwrap`) has such an instant. So the function is not started before it was given
 * its environment, whole, by a server that lived when all those promises had been made.
 * @param env of the function; written to the program's stdin, as {@link exportLines} has it
 */
export function spawnGuarded(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  { deathSignal = "KILL", env: own, asks }: GuardedOptions,
): ChildProcess {
  const child = spawn("setpriv", ["--pdeathsig", deathSignal, "sh", "-c", FIRST_TO_GO, "sh", ...argv], {
    detached: true,
    env: { ...own, PATH: TOOL_PATH },
    cwd: "/",
    stdio: ["pipe", "pipe", "pipe", "pipe"],
  });
  // Where file descriptors have run out there are no pipes, and the event alone tells why: nobody else listens yet.
  child.on("error", () => {});
  if (!child.stdin) throw new Error("the sandbox's process cannot be started: the server has too many files open");
  const [stdin, question] = [child.stdin, child.stdio[3]!];
  const tell = (): void => void stdin.end(exportLines(env));
  // A child that is gone before it has read its environment is reported by its exit.
  for (const stream of [stdin, question]) stream.on("error", () => {});
  if (asks) question.once("data", tell);
  else tell();
  question.once("data", () => question.destroy());
  return child;
}
