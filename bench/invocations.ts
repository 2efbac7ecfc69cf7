/**
 * Warm invocations of a function that answers with its event: per second through the local AWS, with one caller and with eight, beside the
 * limit of bench/invocations/limit.ts; asynchronous ones, from the first accepted to the end of the queue; and the server's memory. Rounds
 * alternate; medians.
 * Usage: npm run bench -- invocations
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { ensureLocal, stopLocal } from "../src/local/control.ts";
import { zipOf } from "../test/helpers/lambda.ts";
import { type RawRequest, send, sign } from "../test/helpers/local-signed.ts";
import { serveLimit, startLimit } from "./invocations/limit.ts";

const ROUNDS = 5;
const ROUND_MS = 1500;
const CALLERS = [1, 8];
const MOST = Math.max(...CALLERS);
const EVENTS = 1000;
const SOURCE = "export const handler = async (event) => event;";
const EVENT = JSON.stringify({ text: "x".repeat(200) });

const dist = fileURLToPath(new URL("../../", import.meta.url));
const runtime = join(dist, "local/node-runtime.mjs");
const agent = new Agent({ keepAlive: true, maxSockets: MOST });

async function compare(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "scar-bench-"));
  const task = join(folder, "task");
  mkdirSync(task);
  writeFileSync(join(task, "index.mjs"), SOURCE);
  const options = {
    env: {
      PATH: process.env["PATH"],
      HOME: folder,
      SCAR_LOCAL_DIR: join(folder, "local"),
      SCAR_LOCAL_CONCURRENCY: String(2 * MOST),
    },
    distDir: dist,
    attached: true,
  };
  const limit = await startLimit(fileURLToPath(import.meta.url), ["--limit", runtime, task, String(MOST)]);
  try {
    const server = await ensureLocal({ ...options, port: 0 });
    const request = (method: string, path: string, body?: string, headers = {}): RawRequest =>
      sign(
        { port: server.port, method, path, headers, agent, ...(body !== undefined && { body }) },
        { ...server, service: "lambda" },
      );
    const functions = "/2015-03-31/functions";
    const code = { ZipFile: (await zipOf({ "index.mjs": SOURCE })).toString("base64") };
    const role = "arn:aws:iam::000000000000:role/bench";
    const definition = {
      FunctionName: "echo",
      Runtime: "nodejs24.x",
      Handler: "index.handler",
      Role: role,
      Code: code,
    };
    await succeed(request("POST", functions, JSON.stringify(definition)));
    while (JSON.parse(await succeed(request("GET", `${functions}/echo/configuration`))).State !== "Active")
      await sleep(20);
    const idle = resident(server.pid);

    const path = `${functions}/echo/invocations`;
    const targets = {
      local: () => request("POST", path, EVENT),
      limit: (): RawRequest => ({ port: limit.port, method: "POST", path: "/", body: EVENT, agent }),
    };
    for (const callers of CALLERS) {
      const rates = { local: [] as number[], limit: [] as number[] };
      // The first round is cold.
      for (let round = -1; round < ROUNDS; round++) {
        for (const name of ["limit", "local"] as const) {
          const rate = await rateOf(targets[name], callers);
          if (round >= 0) rates[name].push(rate);
        }
      }
      const [local, bare] = [median(rates.local), median(rates.limit)];
      console.log(
        `synchronous, ${callers} caller${callers > 1 ? "s" : " "}  ${local.toFixed(0)}/s  limit ${bare.toFixed(0)}/s  ratio ${(local / bare).toFixed(2)}x`,
      );
    }
    const drained: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      drained.push(
        await drainRate(
          () => request("POST", path, EVENT, { "x-amz-invocation-type": "Event" }),
          options.env.SCAR_LOCAL_DIR,
        ),
      );
    }
    const bare = await rateOf(targets.limit, MOST);
    const rate = median(drained);
    console.log(
      `asynchronous           ${rate.toFixed(0)}/s  limit ${bare.toFixed(0)}/s  ratio ${(rate / bare).toFixed(2)}x`,
    );
    await sleep(1000);
    console.log(`server's memory: ${idle} MB before, ${resident(server.pid)} MB after`);
  } finally {
    agent.destroy();
    limit.child.kill();
    await stopLocal(options);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function succeed(request: RawRequest): Promise<string> {
  const { status, text } = await send(request);
  if (status >= 300) throw new Error(`${request.path}: ${status} ${text}`);
  return text;
}

/** Requests answered in a second. */
async function rateOf(next: () => RawRequest, callers: number): Promise<number> {
  const start = performance.now();
  let answered = 0;
  const caller = async (): Promise<void> => {
    while (performance.now() - start < ROUND_MS) {
      await succeed(next());
      answered++;
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return (answered * 1000) / (performance.now() - start);
}

/** Asynchronous invocations in a second, from the first that is sent until none waits. */
async function drainRate(next: () => RawRequest, dir: string): Promise<number> {
  const start = performance.now();
  let left = EVENTS;
  const caller = async (): Promise<void> => {
    while (left-- > 0) await succeed(next());
  };
  await Promise.all(Array.from({ length: MOST }, caller));
  const queue = join(dir, "lambda/queue");
  while (readdirSync(queue, { recursive: true, withFileTypes: true }).some((entry) => entry.isFile())) await sleep(10);
  return (EVENTS * 1000) / (performance.now() - start);
}

/** Resident memory in MB. */
function resident(pid: number): number {
  const kib = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1];
  return Math.round((Number(kib) * 1024) / 1e6);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

const [flag, ...given] = process.argv.slice(2);
if (flag === "--limit") serveLimit(given[0]!, given[1]!, Number(given[2]));
else await compare();
