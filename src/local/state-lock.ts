/**
 * One server per state folder. The lock is a file `lock.N` that names its process; whoever finds the process of the highest N
 * gone takes N + 1 by an exclusive link. So a crashed server keeps nothing, and of two that see it gone only one gets in.
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
export function lockHolder(dir: string): number | undefined {
  const [highest] = numbers(dir);
  if (highest === undefined) return undefined;
  const holder = readProcessFile<Holder>(fileOf(dir, highest));
  return holder && processStart(holder.pid) === holder.start ? holder.pid : undefined;
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
      const holder = lockHolder(dir);
      if (holder !== undefined) return holder;
      const mine = (numbers(dir)[0] ?? 0) + 1;
      try {
        linkSync(staging, fileOf(dir, mine));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EEXIST") continue;
        throw error;
      }
      const others = numbers(dir).filter((n) => n !== mine);
      if (others.some((n) => n > mine)) {
        rmSync(fileOf(dir, mine), { force: true });
        continue;
      }
      for (const n of others) rmSync(fileOf(dir, n), { force: true });
      const file = fileOf(dir, mine);
      // Its content decides: in a folder that was deleted and made again the same name is another server's.
      const held = () => readProcessFile<Holder>(file)?.pid === process.pid;
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
