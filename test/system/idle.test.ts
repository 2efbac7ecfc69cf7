/** What the server costs when nobody asks anything of it, after it had much to do. */
import { readdirSync, readFileSync } from "node:fs";
import { Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { CreateBucketCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createNodeFunction, lambdaClient } from "../helpers/lambda.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { s3Client } from "../helpers/local-clients.ts";
import { send, sign } from "../helpers/local-signed.ts";
import { describeSystem, NEEDS } from "../helpers/system-needs.ts";
import { megabytes } from "../helpers/system-procfs.ts";

const PUTS = 2_000;
const INVOCATIONS = 200;
/** Callers at once: as many environments are made. */
const CALLERS = 4;

describeSystem("an idle server", [NEEDS.procfs], () => {
  let local: TestLocal;
  const agent = new Agent({ keepAlive: true });

  beforeAll(async () => {
    local = await startTestLocal();
    await s3Client(local.server).send(new CreateBucketCommand({ Bucket: "load" }));
    await createNodeFunction(lambdaClient(local.server), "load", "export const handler = async (event) => event;");
  });
  afterAll(async () => {
    agent.destroy();
    await local?.stop();
  });

  const status = (name: string): number => {
    const text = readFileSync(`/proc/${local.server.pid}/status`, "utf8");
    return Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)![1]);
  };
  const residentMb = (): number => megabytes(status("VmRSS"));
  const openFiles = (): number => readdirSync(`/proc/${local.server.pid}/fd`).length;
  /** Processor time spent, in clock ticks (10 ms). */
  function ticks(): number {
    const stat = readFileSync(`/proc/${local.server.pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(fields[11]) + Number(fields[12]);
  }

  async function request(service: "s3" | "lambda", method: string, path: string, body: string): Promise<void> {
    const { port } = local.server;
    const answer = await send(sign({ port, method, path, body, agent }, { ...local.server, service }));
    if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${answer.text}`);
  }

  async function load(): Promise<void> {
    let n = 0;
    const put = async (): Promise<void> => {
      while (n < PUTS) await request("s3", "PUT", `/load/${n++}`, "x".repeat(4096));
    };
    await Promise.all(Array.from({ length: CALLERS }, put));
    n = 0;
    const invoke = async (): Promise<void> => {
      while (n++ < INVOCATIONS) await request("lambda", "POST", "/2015-03-31/functions/load/invocations", '{"n":1}');
    };
    await Promise.all(Array.from({ length: CALLERS }, invoke));
    // The client's connections are not the server's to keep.
    agent.destroy();
  }

  it(`holds less than 150 MB after ${PUTS} puts and ${INVOCATIONS} invocations, and no file that it does not need`, async () => {
    await load();
    await sleep(1000);
    const files = openFiles();
    await load();
    await sleep(1000);
    expect(openFiles()).toBeLessThanOrEqual(files + 2);
    const resident = residentMb();
    process.stderr.write(`idle: ${resident.toFixed(0)} MB resident, ${openFiles()} open files\n`);
    expect(resident).toBeLessThan(150);
  });

  it("does nothing when there is nothing to do", async () => {
    await sleep(1000);
    const before = ticks();
    await sleep(10_000);
    const spent = (ticks() - before) * 10;
    process.stderr.write(`idle: ${spent} ms of processor time in 10 s\n`);
    // One percent of a processor; a loop without a pause would take all of it.
    expect(spent).toBeLessThanOrEqual(100);
  });
});
