/** Programs that are measured: run to their end, with the time they took and the most memory they had. */
import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";

/** Where `.ci/install-system` puts versitygw and mc; benchmarks are started in the repository's folder. */
export const GO = resolve(process.env["SCAR_TEST_GO"] ?? ".scratch/go");

export interface Measured {
  /** Wall time in seconds. */
  readonly seconds: number;
  /** Seconds of processor time, its own and the kernel's for it; NaN as below. */
  readonly processor: number;
  /** Peak resident memory in MB (10^6 bytes), by GNU time; NaN where that is not installed. */
  readonly peak: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Statuses that count as success; default 0 alone. */
  readonly statuses?: readonly number[];
}

const TIME = "/usr/bin/time";
let reports = 0;

/** Throws when the program does not succeed. */
export async function measure({ file, args, cwd, env, statuses = [0] }: Command): Promise<Measured> {
  const report = join(cwd, `.peak-${process.pid}-${++reports}`);
  // GNU time forks the program from a small process of its own: what the kernel tells is the program's memory alone.
  const [first, ...rest] = existsSync(TIME)
    ? [TIME, "-q", "-f", "%M %U %S", "-o", report, file, ...args]
    : [file, ...args];
  const start = performance.now();
  const child = spawn(first!, rest, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
  const status = await new Promise<number | null>((resolve, reject) =>
    child.once("error", reject).once("close", resolve),
  );
  const seconds = (performance.now() - start) / 1000;
  const [kibibytes = Number.NaN, user = Number.NaN, system = Number.NaN] = existsSync(report)
    ? readFileSync(report, "utf8").trim().split(/\s+/).map(Number)
    : [];
  rmSync(report, { force: true });
  const stdout = Buffer.concat(out).toString();
  const stderr = Buffer.concat(err).toString();
  if (status === null || !statuses.includes(status))
    throw new Error(
      `${[file, ...args].join(" ")}: exit status ${status}\n${stdout.slice(-2000)}\n${stderr.slice(-2000)}`,
    );
  return { seconds, processor: user + system, peak: (kibibytes * 1024) / 1e6, stdout, stderr };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
