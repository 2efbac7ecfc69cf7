/**
 * One server per state folder. The lock is a file `lock.N` that names its process; whoever finds no process of a lock alive takes
 * N + 1 by an exclusive link. So a crashed server keeps nothing, and of two that see it gone only one gets in.
 */
import { linkSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readProcessFile } from "./state-file.ts";
import { processStart } from "./state-process.ts";

interface Holder {
  readonly pid: number;
  readonly start: string;
}

const numbers = (dir: string): number[] =>
  readdirSync(dir)
    .map((name) => Number(/^lock\.(\d+)$/.exec(name)?.[1] ?? 0))
    .filter((n) => n > 0)
    .sort((a, b) => b - a);

const fileOf = (dir: string, n: number): string => join(dir, `lock.${n}`);

/** Process id of the server that holds the folder now; undefined when none does. */
export const lockHolder = (dir: string): number | undefined => holderOf(dir, numbers(dir));

/** The process of the first of these locks whose process lives. */
function holderOf(dir: string, locks: readonly number[]): number | undefined {
  for (const n of locks) {
    const holder = readProcessFile<Holder>(fileOf(dir, n));
    if (holder && processStart(holder.pid) === holder.start) return holder.pid;
  }
  return undefined;
}

export interface Lock {
  /** False when somebody deleted the state folder under us. */
  held(): boolean;
  release(): void;
}

/** Takes the lock for this process; the other's process id when it is held. */
export function acquireLock(dir: string): Lock | number {
  const staging = join(dir, `lock-${process.pid}.tmp`);
  writeFileSync(staging, JSON.stringify({ pid: process.pid, start: processStart(process.pid) ?? "" }), { mode: 0o600 });
  try {
    for (;;) {
      const seen = numbers(dir);
      const holder = holderOf(dir, seen);
      if (holder !== undefined) return holder;
      // One more than what was looked at, not than what there is now: who came in between has that number, and the link fails.
      const mine = (seen[0] ?? 0) + 1;
      try {
        linkSync(staging, fileOf(dir, mine));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EEXIST") continue;
        throw error;
      }
      const others = numbers(dir).filter((n) => n !== mine);
      // Others may have come and gone in between, and one be there with a number of its own.
      if (holderOf(dir, others) !== undefined) {
        rmSync(fileOf(dir, mine), { force: true });
        continue;
      }
      for (const n of others) rmSync(fileOf(dir, n), { force: true });
      const file = fileOf(dir, mine);
      // Its content decides: in a folder that was deleted and made again the same name is another server's.
      const held = (): boolean => {
        try {
          return readProcessFile<Holder>(file)?.pid === process.pid;
        } catch {
          // It cannot be read now (too many open files, say): that is no sign that it is gone.
          return true;
        }
      };
      return {
        held,
        release: () => {
          if (held()) rmSync(file, { force: true });
        },
      };
    }
  } finally {
    rmSync(staging, { force: true });
  }
}
