/**
 * What stands between an event and the script's first instruction when the environment is warm: from the event's arrival at the handler,
 * and from the client's Invoke through the local AWS, each beside the bare spawn of the same engine's command line with the same shell
 * and script. Medians of runs that alternate; the script tells the time itself.
 * Usage: npm run bench -- warm
 */
import { spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { makeMachineImage } from "../demo/machine-image.ts";
import type { EngineMode } from "../src/container/engine.ts";
import { selectEngine } from "../src/container/engines/select.ts";
import { openImageArchive, openPackedImage, packImage } from "../src/container/packed.ts";
import { removeTree } from "../src/container/remove-tree.ts";
import { ensureRootfs } from "../src/container/rootfs.ts";
import { ensureLocal, stopLocal } from "../src/local/control.ts";
import { send, sign } from "../test/helpers/local-signed.ts";

const runs = Number(process.argv[2] ?? 40);
// The engine that the function gets in the local AWS, where it is no root: all three run the same one.
process.env["UDOCKER_DEFAULT_EXECUTION_MODE"] ??= "R1";
const mode = process.env["UDOCKER_DEFAULT_EXECUTION_MODE"] as EngineMode;
const dist = fileURLToPath(new URL("../../", import.meta.url));
// biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's, not ours
const SCRIPT = "#!/bin/bash\necho ${EPOCHREALTIME/,/.}\n";
const TAG = "machine:latest";

const folder = mkdtempSync(join(tmpdir(), "scar-bench-"));
const archive = join(folder, "image.tar");
const script = join(folder, "run.sh");
const udockerDir = join(folder, "udocker");
const task = join(folder, "task");
const places = { repos: join(task, "udocker/repos/"), layers: join(task, "udocker/layers/") };

/** Milliseconds of the wall clock, at the beginning of one. */
function tick(): number {
  const before = Date.now();
  let now = before;
  while (now === before) now = Date.now();
  return now;
}

/** From `start` to the time that the script printed. */
const sinceStart = (printed: string, start: number): number => {
  const ms = Number(printed) * 1000 - start;
  if (!Number.isFinite(ms)) throw new Error(`not a time: ${printed}`);
  return ms;
};

function outputOf({ statusCode, body }: { readonly statusCode: number; readonly body: string }): string {
  const output = Buffer.from(body, "base64").toString();
  if (statusCode !== 200) throw new Error(output);
  return output;
}

async function makePackage(): Promise<void> {
  mkdirSync(task);
  await makeMachineImage({ file: archive, tag: TAG, programs: ["sh", "bash"] });
  const image = await openImageArchive(archive);
  await packImage(image, TAG, join(task, "udocker"));
  await image.close();
  writeFileSync(script, SCRIPT);
  writeFileSync(join(task, "run.sh"), SCRIPT);
  writeFileSync(
    join(task, "function_config.yaml"),
    `name: bench\nlog_level: error\ninit_script: run.sh\ncontainer: {image_file: '${TAG}'}\n`,
  );
}

/** The built supervisor in this process; its log goes nowhere. */
async function handlerCase(): Promise<() => Promise<number>> {
  process.env["LAMBDA_TASK_ROOT"] = task;
  process.env["UDOCKER_DIR"] = udockerDir;
  process.env["UDOCKER_REPOS"] = places.repos;
  process.env["UDOCKER_LAYERS"] = places.layers;
  const { handler } = await import(new URL("supervisor/handler.mjs", `file://${dist}`).href);
  const write = process.stdout.write;
  return async () => {
    const context = {
      awsRequestId: randomUUID(),
      functionName: "bench",
      logGroupName: "g",
      logStreamName: "s",
      getRemainingTimeInMillis: () => 60_000,
    };
    process.stdout.write = () => true;
    const start = tick();
    const answer = await handler({}, context).finally(() => {
      process.stdout.write = write;
    });
    return sinceStart(outputOf(answer), start);
  };
}

/** The engine's command line alone; its plan is made before the clock starts. */
async function bareCase(): Promise<() => Promise<number>> {
  const engine = await selectEngine(mode);
  const { rootfs } = await ensureRootfs({ image: await openPackedImage(places, TAG), udockerDir });
  console.log(`engine ${engine.name}: ${engine.description}, ${runs} runs`);
  return async () => {
    const request = mkdtempSync(join(folder, "request-"));
    const scratch = mkdtempSync(join(folder, "scratch-"));
    writeFileSync(join(request, "run.sh"), SCRIPT);
    const plan = await engine.plan({
      rootfs,
      argv: ["/bin/bash", join(request, "run.sh")],
      env: { PATH: "/bin" },
      workdir: "/",
      volumes: [{ source: request, target: request }],
      scratch,
    });
    const start = tick();
    const child = spawn(plan.file, plan.args, { env: plan.env, stdio: ["ignore", "pipe", "inherit"], detached: true });
    const printed = await text(child.stdout);
    await plan.cleanup();
    await Promise.all([removeTree(request), removeTree(scratch)]);
    return sinceStart(printed, start);
  };
}

const localOptions = {
  env: { PATH: process.env["PATH"], HOME: folder, SCAR_LOCAL_DIR: join(folder, "local") },
  distDir: dist,
  attached: true,
};

/** A function deployed to a local AWS of its own, invoked over HTTP. */
async function invokeCase(): Promise<() => Promise<number>> {
  const { port, region, accessKeyId, secretAccessKey } = await ensureLocal(localOptions);
  const args = ["--local", "init", "-n", "bench", "-if", archive, "-s", script];
  const { status, stderr } = spawnSync(process.execPath, [join(dist, "main.js"), ...args], {
    env: localOptions.env,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`scar ${args.join(" ")}: exit code ${status}\n${stderr}`);
  const agent = new Agent({ keepAlive: true });
  const path = "/2015-03-31/functions/bench/invocations";
  const signing = { accessKeyId, secretAccessKey, region, service: "lambda" };
  return async () => {
    // What the client spends on making and signing its request comes before the event.
    const request = sign({ port, method: "POST", path, body: "{}", agent }, signing);
    const start = tick();
    const answer = await send(request);
    return sinceStart(outputOf(JSON.parse(answer.text)), start);
  };
}

function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!;
}

try {
  await makePackage();
  const cases = [
    { name: "bare spawn", once: await bareCase(), times: [] as number[] },
    { name: "handler → script", once: await handlerCase(), times: [] as number[] },
    { name: "Invoke → script", once: await invokeCase(), times: [] as number[] },
  ];
  for (let run = -3; run < runs; run++) {
    for (const { once, times } of cases) {
      const ms = await once();
      // The first rounds are cold.
      if (run >= 0) times.push(ms);
    }
  }
  const base = quantile(cases[0]!.times, 0.5);
  for (const { name, times } of cases) {
    const [p50, p90] = [quantile(times, 0.5), quantile(times, 0.9)];
    console.log(
      `${name.padEnd(18)} p50 ${p50.toFixed(1)} ms  p90 ${p90.toFixed(1)} ms  ratio ${(p50 / base).toFixed(2)}x`,
    );
  }
} finally {
  await stopLocal(localOptions);
  rmSync(folder, { recursive: true, force: true });
}
