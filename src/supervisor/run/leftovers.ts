import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { kill, pid as own } from "node:process";

/** What marks a process as one of a run, wherever it has moved to. */
export interface RunMark {
  /** Pid of the command, and so the number of its process group. */
  readonly group: number | undefined;
  /** A `NAME=value` that only this run's environment has. */
  readonly variable: string;
  /** Folders of this run alone: a process whose root or working directory lies there belongs to it. */
  readonly folders: readonly string[];
}

/** A fork can slip through one scan; a run that outlives this many is reported. */
const ROUNDS = 20;

/**
 * Kills all that a run left: its process group, then daemons that left the group (`setsid`), which are recognised by their
 * environment, root or working directory. SIGKILL at once: nothing of theirs is used any more. Returns the pids that outlived it.
 */
export function killLeftovers(mark: RunMark): number[] {
  if (mark.group !== undefined) send(-mark.group);
  let found: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    found = survivors(mark);
    if (found.length === 0) return [];
    for (const pid of found) send(pid);
  }
  return found;
}

function send(target: number): void {
  try {
    kill(target, "SIGKILL");
  } catch {
    // Gone already, or not ours to kill: the next scan tells.
  }
}

function survivors(mark: RunMark): number[] {
  let names: string[];
  try {
    names = readdirSync("/proc");
  } catch {
    return [];
  }
  return names.map(Number).filter((pid) => pid > 1 && pid !== own && belongs(pid, mark));
}

function belongs(pid: number, mark: RunMark): boolean {
  try {
    for (const link of ["root", "cwd"]) {
      const target = readlinkSync(`/proc/${pid}/${link}`);
      if (mark.folders.some((folder) => target === folder || target.startsWith(`${folder}/`))) return true;
    }
    // Whole entries: a part of another process's path must not make it ours.
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(mark.variable);
  } catch {
    // Ended meanwhile, a zombie, or another user's.
    return false;
  }
}
