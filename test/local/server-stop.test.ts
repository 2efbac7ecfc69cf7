import { randomInt } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createNodeFunction, lambdaClient } from "../helpers/lambda.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { pidsRunning } from "../helpers/system-procfs.ts";

/** A handler that leaves processes: one in its group and one in a session of its own; it is under way for long. */
const BUSY = `
import { spawn } from "node:child_process";
export const handler = async ({ seconds }) => {
  spawn("sleep", [seconds], { stdio: "ignore" });
  spawn("setsid", ["sleep", seconds], { stdio: "ignore", detached: true });
  await new Promise((resolve) => setTimeout(resolve, 60_000));
};`;

describe.runIf(process.platform === "linux")("what a server started", () => {
  let local: TestLocal;
  let lambda: LambdaClient;
  beforeAll(async () => {
    local = await startTestLocal();
    lambda = lambdaClient(local.server);
    await createNodeFunction(lambda, "busy", BUSY, { Timeout: 120 });
  });
  afterAll(() => local?.stop());

  /** Starts an invocation; answers the argument by which its processes can be told. */
  async function underWay(): Promise<string> {
    const seconds = String(100_000 + randomInt(900_000));
    const Payload = JSON.stringify({ seconds });
    void lambda.send(new InvokeCommand({ FunctionName: "busy", Payload })).catch(() => {});
    while (pidsRunning("sleep", seconds).length < 2) await sleep(20);
    return seconds;
  }

  const environments = (): string[] => readdirSync(join(local.dir, "lambda/environments"));
  /** Mounts of this machine that lie in the state folder. */
  const mounts = (): string[] =>
    readFileSync("/proc/self/mountinfo", "utf8")
      .split("\n")
      .filter((line) => line.includes(local.dir));

  it("ends with it when it is stopped, functions under way too", async () => {
    const seconds = await underWay();
    await local.restart("gently");
    expect(pidsRunning("sleep", seconds)).toEqual([]);
    expect(environments()).toEqual([]);
    expect(mounts()).toEqual([]);
    expect(readFileSync(join(local.dir, "server.log"), "utf8")).toMatch(/stopping: SIGTERM[\s\S]*stopped/);
  });

  it("is gone after it was killed, at the latest when the next one serves", async () => {
    const seconds = await underWay();
    await local.restart("killed");
    expect(pidsRunning("sleep", seconds)).toEqual([]);
    expect(environments()).toEqual([]);
    expect(mounts()).toEqual([]);
  });
});
