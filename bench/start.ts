/**
 * What starting `scar` costs beside starting Node: `scar --version` / `node -e 0`, medians of runs that alternate.
 * Usage: npm run bench -- start
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const scar = fileURLToPath(new URL("../../main.js", import.meta.url));
const runs = Number(process.argv[2] ?? 40);

/** Milliseconds until the process has ended. */
function time(args: readonly string[]): number {
  const start = process.hrtime.bigint();
  const { status, stderr } = spawnSync(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
  if (status !== 0) throw new Error(`node ${args.join(" ")}: exit code ${status}\n${stderr}`);
  return Number(process.hrtime.bigint() - start) / 1e6;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const CASES = { "node -e 0": ["-e", "0"], "scar --version": [scar, "--version"], "scar --help": [scar, "--help"] };
const times = new Map<string, number[]>(Object.keys(CASES).map((name) => [name, []]));
for (let run = -2; run < runs; run++) {
  for (const [name, args] of Object.entries(CASES)) {
    const taken = time(args);
    // The first rounds fill the file cache.
    if (run >= 0) times.get(name)!.push(taken);
  }
}
const base = median(times.get("node -e 0")!);
for (const [name, values] of times) {
  const ms = median(values);
  console.log(`${name.padEnd(16)} ${ms.toFixed(1)} ms  ${(ms / base).toFixed(2)}x`);
}
