/** Processes of a sandbox as the host sees them (proc(5)). */
import { readFileSync } from "node:fs";

/** Kills a process group; false when there is none. */
export function killGroup(pid: number): boolean {
  try {
    process.kill(-pid, "SIGKILL");
    return true;
  } catch {
    return false;
  }
}

/** Sum of the peak resident memory of a process and its descendants that live now, in bytes. */
export function peakMemory(pid: number): number {
  let bytes = 0;
  const open = [pid];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const peak = /^VmHWM:\s+(\d+) kB/m.exec(read(`/proc/${next}/status`) ?? "");
    bytes += Number(peak?.[1] ?? 0) * 1024;
    const children = read(`/proc/${next}/task/${next}/children`)?.trim();
    if (children) open.push(...children.split(" ").map(Number));
  }
  return bytes;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
