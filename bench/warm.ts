/**
 * What the supervisor adds to a warm invocation: from the event's arrival at the handler to the script's first output, beside the bare
 * spawn of the same engine's command line with the same shell and script. Medians of runs that alternate in this process.
 * Usage: npm run bench -- warm
 */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeMachineImage } from "../demo/machine-image.ts";
import type { EngineMode } from "../src/container/engine.ts";
import { selectEngine } from "../src/container/engines/select.ts";
import { openImageArchive, openPackedImage, packImage } from "../src/container/packed.ts";
import { removeTree } from "../src/container/remove-tree.ts";
import { ensureRootfs } from "../src/container/rootfs.ts";

const runs = Number(process.argv[2] ?? 40);
const SCRIPT = "echo started\n";

const folder = mkdtempSync(join(tmpdir(), "scar-bench-"));
const task = join(folder, "task");
mkdirSync(task);
const archive = join(folder, "image.tar");
await makeMachineImage({ file: archive, tag: "machine:latest" });
const saved = await openImageArchive(archive);
await packImage(saved, "machine:latest", join(task, "udocker"));
await saved.close();
writeFileSync(join(task, "run.sh"), SCRIPT);
writeFileSync(
  join(task, "function_config.yaml"),
  "name: bench\nlog_level: error\ninit_script: run.sh\ncontainer: {image_file: 'machine:latest'}\n",
);
const places = { repos: join(task, "udocker/repos/"), layers: join(task, "udocker/layers/") };
const udockerDir = join(folder, "udocker");
process.env["LAMBDA_TASK_ROOT"] = task;
process.env["UDOCKER_DIR"] = udockerDir;
process.env["UDOCKER_REPOS"] = places.repos;
process.env["UDOCKER_LAYERS"] = places.layers;

/** Called with what the supervisor writes to its log: here, the script's output. */
let onLog: (() => void) | undefined;
const write = process.stdout.write.bind(process.stdout);
process.stdout.write = ((...args: Parameters<typeof write>) => {
  if (!onLog) return write(...args);
  onLog();
  return true;
}) as typeof process.stdout.write;

const { handler } = await import(new URL("../../supervisor/handler.mjs", import.meta.url).href);
const mode = (process.env["UDOCKER_DEFAULT_EXECUTION_MODE"] ?? "auto") as EngineMode;
const engine = await selectEngine(mode, { env: process.env });

/** Milliseconds from the event's arrival to the script's first output. */
async function invoke(): Promise<number> {
  let first = 0;
  onLog = () => {
    first ||= performance.now();
  };
  const context = {
    awsRequestId: randomUUID(),
    functionName: "bench",
    logGroupName: "g",
    logStreamName: "s",
    getRemainingTimeInMillis: () => 60_000,
  };
  const start = performance.now();
  const { statusCode, body } = await handler({}, context);
  onLog = undefined;
  if (statusCode !== 200) throw new Error(Buffer.from(body, "base64").toString());
  return first - start;
}

/** The same for the engine's command line alone; the plan is made before the clock starts. */
async function bareSpawn(): Promise<number> {
  const image = await openPackedImage(places, "machine:latest");
  const { rootfs } = await ensureRootfs({ image, udockerDir });
  const request = mkdtempSync(join(tmpdir(), "scar-bench-request-"));
  const scratch = mkdtempSync(join(tmpdir(), "scar-bench-scratch-"));
  writeFileSync(join(request, "run.sh"), SCRIPT);
  const plan = await engine.plan({
    rootfs,
    argv: ["/bin/sh", join(request, "run.sh")],
    env: { PATH: "/bin" },
    workdir: "/",
    volumes: [{ source: request, target: request }],
    scratch,
  });
  const start = performance.now();
  const child = spawn(plan.file, plan.args, { env: plan.env, stdio: ["ignore", "pipe", "inherit"], detached: true });
  const closed = once(child, "close");
  await once(child.stdout, "data");
  const taken = performance.now() - start;
  await closed;
  await plan.cleanup();
  await Promise.all([removeTree(request), removeTree(scratch)]);
  return taken;
}

function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!;
}

try {
  const invoked: number[] = [];
  const bare: number[] = [];
  for (let run = -3; run < runs; run++) {
    const [a, b] = [await invoke(), await bareSpawn()];
    // The first rounds are cold.
    if (run < 0) continue;
    invoked.push(a);
    bare.push(b);
  }
  const row = (name: string, v: readonly number[]) =>
    console.log(`${name.padEnd(22)} p50 ${quantile(v, 0.5).toFixed(1)} ms  p90 ${quantile(v, 0.9).toFixed(1)} ms`);
  console.log(`engine ${engine.name}: ${engine.description}, ${runs} runs`);
  row("bare spawn", bare);
  row("event → script start", invoked);
  console.log(`ratio ${(quantile(invoked, 0.5) / quantile(bare, 0.5)).toFixed(2)}x`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
