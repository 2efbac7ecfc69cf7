/** Processes of a sandbox as the host sees them (proc(5)). */
import { readdirSync, readFileSync } from "node:fs";
import type { MemoryUse } from "./sandbox.ts";

/** Kills a process group; false when there is none. */
export function killGroup(pid: number): boolean {
  return signal(-pid, "SIGKILL");
}

/** False when there is no such process. A negative number means a group. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false;
  }
}

/**
 * Memory of a process and its descendants. Resident pages are counted in each process that has them; only when that makes more
 * than `exactAbove` bytes is each page counted once, which takes the kernel longer to find out.
 */
export function memoryUse(pid: number, exactAbove: number): MemoryUse {
  const pids = family(pid);
  let [now, peak] = [0, 0];
  for (const member of pids) {
    const status = read(`/proc/${member}/status`) ?? "";
    now += kilobytes(status, "VmRSS");
    peak += kilobytes(status, "VmHWM");
  }
  if (now <= exactAbove) return { now, peak };
  const exact = pids.reduce((sum, member) => {
    const rollup = read(`/proc/${member}/smaps_rollup`);
    return sum + kilobytes(rollup ?? read(`/proc/${member}/status`) ?? "", rollup ? "Pss" : "VmRSS");
  }, 0);
  return { now: exact, peak: exact };
}

/** Processes that `pid` traces (ptrace(2)). */
export function tracees(pid: number): number[] {
  const traced = `\nTracerPid:\t${pid}\n`;
  return entries("/proc")
    .filter((name) => /^\d+$/.test(name) && read(`/proc/${name}/status`)?.includes(traced))
    .map(Number);
}

/** A process and all its descendants. */
function family(pid: number): number[] {
  const found = [pid];
  // What is found is looked at in its turn.
  for (const member of found) {
    for (const thread of entries(`/proc/${member}/task`)) {
      const children = read(`/proc/${member}/task/${thread}/children`)?.trim();
      if (children) found.push(...children.split(" ").map(Number));
    }
  }
  return found;
}

/** A field's number of kB, in bytes. */
function kilobytes(text: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0) * 1024;
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
