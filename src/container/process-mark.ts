/** File names that say which process made them: others can tell whether it is gone. */
import { readlink, stat } from "node:fs/promises";

/** Milliseconds after which a file of a process that we cannot see counts as left behind. */
const STALE_MS = 60 * 60 * 1000;

const FORM = /^(\w+)-(\d+)(?:-\w+)?$/;

/** `SPACE-PID`: the pid means something in its own pid namespace only. */
export async function ownMark(): Promise<string> {
  const link = await readlink("/proc/self/ns/pid").catch(() => "");
  return `${/\d+/.exec(link)?.[0] ?? "0"}-${process.pid}`;
}

/**
 * Whether the process that made `path` (whose name ends with `mark`, as {@link ownMark} gives it, perhaps with `-SUFFIX`) is gone. One of
 * another pid namespace (another sandbox on this folder) counts as gone once the file is old. Not for files of this process.
 */
export async function isLeftBehind(path: string, mark: string, own: string): Promise<boolean> {
  const [, space, pid] = FORM.exec(mark) ?? [];
  if (space === own.split("-")[0]) return !isAlive(Number(pid));
  const age = Date.now() - (await stat(path).catch(() => ({ mtimeMs: Date.now() }))).mtimeMs;
  return age > STALE_MS;
}

/** Whether `mark`, perhaps with `-SUFFIX`, is that of the process whose mark `own` is. */
export function isOwn(mark: string, own: string): boolean {
  return mark === own || mark.startsWith(`${own}-`);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
