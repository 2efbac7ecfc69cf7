/**
 * The local S3 beside versitygw (POSIX backend): the same signed requests of the same client over eight kept connections (large objects:
 * one, or four), in rounds that alternate between the two; medians. A ratio above 1 says that the local S3 is faster; the processor time
 * it needs for that is given as a ratio too, which other programs of the machine disturb less.
 * Usage: npm run bench -- s3     (versitygw: bash .ci/install-system); or s3.mjs [ROUNDS] [CASE…], a case by the beginning of its name
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { startLocal, stopLocal } from "../src/local/control.ts";
import { startVersitygw } from "../test/helpers/system-peers.ts";
import { peakMemory, processorTime } from "../test/helpers/system-procfs.ts";
import { allCases, Bench, BUCKET, WARM_UP } from "./s3/cases.ts";

const CONNECTIONS = 8;
const [rounds = "6", ...only] = process.argv.slice(2);
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;

// Benchmarks are started in the repository's folder.
const program = join(process.env["SCAR_TEST_GO"] ?? ".scratch/go", "versitygw");
if (!existsSync(program)) {
  console.log("skipped: versitygw is missing (sudo bash .ci/install-system, with Go 1.25 or newer)");
  process.exit(0);
}
const distDir = fileURLToPath(new URL("../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "scar-bench-s3-"));
const env = {
  PATH: process.env["PATH"],
  HOME: folder,
  SCAR_LOCAL_DIR: join(folder, "local"),
};
const options = { env, distDir, attached: true };
const peer = await startVersitygw(resolve(program));
try {
  const local = await startLocal({ ...options, port: 0 });
  const benches = [new Bench(local, CONNECTIONS), new Bench(peer, CONNECTIONS)];
  for (const bench of benches) await bench.ask([{ method: "PUT", path: `/${BUCKET}` }]);
  const pids = [local.pid, peer.pid];
  console.log("neither syncs its files to the disk; both verify what is signed");
  console.log("case                       local S3    versitygw  unit        ratio   processor");
  for (const { name, unit, rounds: count, run } of allCases(Number(rounds))) {
    if (only.length > 0 && !only.some((start) => name.startsWith(start))) continue;
    const values: number[][] = benches.map(() => []);
    const processor = [0, 0];
    for (let round = WARM_UP; round < count; round++) {
      for (const [i, bench] of benches.entries()) {
        const before = processorTime(pids[i]!)!;
        const value = await run(bench, round);
        if (round === WARM_UP) continue;
        values[i]!.push(value);
        processor[i]! += processorTime(pids[i]!)! - before;
      }
    }
    const [ours, theirs] = values.map(median) as [number, number];
    const cost = processor[0]! / processor[1]!;
    console.log(
      `${name.padEnd(22)} ${ours.toFixed(0).padStart(12)} ${theirs.toFixed(0).padStart(12)}  ${unit.padEnd(10)} ${(ours / theirs).toFixed(2).padStart(6)}x ${cost.toFixed(2).padStart(10)}x`,
    );
  }
  console.log(
    `peak memory: local S3 ${peakMemory(local.pid)!.toFixed(0)} MB, versitygw ${peakMemory(peer.pid)!.toFixed(0)} MB`,
  );
  for (const bench of benches) bench.close();
} finally {
  await stopLocal(options);
  await peer.stop();
  rmSync(folder, { recursive: true, force: true });
}
