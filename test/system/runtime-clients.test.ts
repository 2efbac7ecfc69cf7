/** Both sides of the Runtime API against peers that nobody here wrote: AWS's Python client, and the server of cargo-lambda. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateFunctionCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, it } from "vitest";
import { call, lambdaClient, ROLE, settled, type ZipEntry, zipOf } from "../helpers/lambda.ts";
import { distDir, startTestLocal, type TestLocal } from "../helpers/local.ts";
import { type Answer, send } from "../helpers/local-signed.ts";
import { describeSystem, type Need, ROOT } from "../helpers/system-needs.ts";
import { end } from "../helpers/system-process.ts";
import { type CargoLambda, startCargoLambda, startProxy } from "./runtime-clients/cargo-lambda.ts";

const CLIENTS = join(ROOT, ".scratch/runtime-clients");
const CARGO_LAMBDA = join(CLIENTS, "cargo-lambda/bin/cargo-lambda");
const remedy = "sudo bash .ci/install-system";
const awslambdaric: Need = {
  name: "awslambdaric",
  isMet: () => existsSync(join(CLIENTS, "awslambdaric/awslambdaric")) && existsSync("/usr/bin/python3"),
  remedy,
};
const cargoLambda: Need = { name: "cargo-lambda", isMet: () => existsSync(CARGO_LAMBDA), remedy };

const HANDLER = `
import os

class Odd(Exception):
    pass

calls = 0

def handler(event, context):
    global calls
    calls += 1
    print("python says", event.get("n"))
    if event.get("raise"):
        raise Odd("this is wrong: " + event["raise"])
    if event.get("exit"):
        os._exit(3)
    if "size" in event:
        return {"text": "x" * event["size"]}
    return {
        "event": event,
        "calls": calls,
        "left": context.get_remaining_time_in_millis(),
        "id": context.aws_request_id,
        "arn": context.invoked_function_arn,
        "memory": context.memory_limit_in_mb,
    }
`;

describeSystem("awslambdaric, AWS's Runtime API client for Python, under our Runtime API", [awslambdaric], () => {
  let local: TestLocal;
  let lambda: LambdaClient;
  beforeAll(async () => {
    local = await startTestLocal();
    lambda = lambdaClient(local.server);
    const client = join(CLIENTS, "awslambdaric");
    const files: Record<string, ZipEntry> = {
      bootstrap: { text: '#!/bin/sh\nexec /usr/bin/python3 -m awslambdaric "$_HANDLER"\n', mode: 0o755 },
      "main.py": { text: HANDLER },
    };
    for (const entry of readdirSync(client, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (entry.isFile() && !path.includes("__pycache__")) {
        files[path.slice(client.length + 1)] = { text: readFileSync(path) };
      }
    }
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName: "python",
        Runtime: "provided.al2023",
        Handler: "main.handler",
        Role: ROLE,
        Timeout: 20,
        MemorySize: 256,
        Code: { ZipFile: await zipOf(files) },
      }),
    );
    await settled(lambda, "python");
  });
  afterAll(() => local?.stop());

  it("fifty events in one environment, failures between them", async () => {
    for (let n = 1; n <= 50; n++) {
      if (n === 20) {
        const failed = await call(lambda, "python", { n, raise: "on purpose, ü" });
        expect(failed).toMatchObject({
          error: "Unhandled",
          value: { errorType: "Odd", errorMessage: "this is wrong: on purpose, ü", requestId: failed.requestId },
        });
        expect(failed.log).toContain("this is wrong");
        continue;
      }
      const { value, error, log, requestId } = await call(lambda, "python", { n, text: "ü 😀" });
      expect(error).toBeUndefined();
      // The same process has served all of them: an exception does not end it.
      expect(value).toMatchObject({ event: { n, text: "ü 😀" }, calls: n, id: requestId, memory: "256" });
      expect(value.arn).toMatch(/:function:python$/);
      expect(value.left).toBeGreaterThan(15_000);
      expect(value.left).toBeLessThanOrEqual(20_000);
      expect(log).toContain(`python says ${n}\n`);
    }
  });

  it("payloads up to Lambda's 6 MB in both directions, and an answer that is too large", async () => {
    const text = "y".repeat(5 * 1024 * 1024);
    expect((await call(lambda, "python", { text })).value.event).toEqual({ text });
    const size = 6_291_556 - '{"text": ""}'.length;
    expect((await call(lambda, "python", { size })).value.text).toHaveLength(size);
    const tooLarge = await call(lambda, "python", { size: size + 1 });
    expect(tooLarge).toMatchObject({ error: "Unhandled", value: { errorType: "Function.ResponseSizeTooLarge" } });
  });

  it("a process that exits is replaced", async () => {
    const ended = await call(lambda, "python", { exit: true });
    expect(ended).toMatchObject({ error: "Unhandled", value: { errorType: "Runtime.ExitError" } });
    expect(ended.value.errorMessage).toContain("exit status 3");
    expect((await call(lambda, "python", { n: 1 })).value.calls).toBe(1);
  });
});

describeSystem("our Runtime API client under cargo-lambda's Runtime API", [cargoLambda], () => {
  const folder = mkdtempSync(join(tmpdir(), "scar-cargo-lambda-"));
  let server: CargoLambda;
  let proxy: { readonly server: Server; readonly address: string };
  let runtime: ChildProcess;
  let said = "";

  beforeAll(async () => {
    const source = `
      let calls = 0;
      export const handler = async (event, context) => {
        calls += 1;
        console.log("node says", event.n);
        if (event.raise) throw new TypeError("this is wrong: " + event.raise);
        if (event.brief) return event.text.length;
        return { event, calls, left: context.getRemainingTimeInMillis(), id: context.awsRequestId };
      };`;
    writeFileSync(join(folder, "index.mjs"), source);
    server = await startCargoLambda(CARGO_LAMBDA, folder);
    proxy = await startProxy(server);
    const env = {
      PATH: "/usr/bin:/bin",
      LAMBDA_TASK_ROOT: folder,
      _HANDLER: "index.handler",
      AWS_LAMBDA_RUNTIME_API: proxy.address,
      AWS_LAMBDA_FUNCTION_NAME: "dummy",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "256",
    };
    const program = join(distDir, "local/node-runtime.mjs");
    runtime = spawn(process.execPath, [program], { env, stdio: ["ignore", "pipe", "inherit"] });
    runtime.stdout!.on("data", (chunk: Buffer) => {
      said += chunk;
    });
  });
  afterAll(async () => {
    for (const child of [runtime, server?.process]) if (child?.pid) await end(child.pid);
    proxy?.server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const invoke = (event: unknown): Promise<Answer> =>
    send({
      port: server.port,
      method: "POST",
      path: "/2015-03-31/functions/dummy/invocations",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(event),
    });

  it("fifty events in one process, failures between them", async () => {
    for (let n = 1; n <= 50; n++) {
      if (n === 20) {
        const { text } = await invoke({ n, raise: "on purpose, ü" });
        expect(JSON.parse(text)).toMatchObject({
          errorType: "TypeError",
          errorMessage: "this is wrong: on purpose, ü",
        });
        continue;
      }
      const { status, text } = await invoke({ n, text: "ü 😀" });
      expect(status).toBe(200);
      const value = JSON.parse(text);
      expect(value).toMatchObject({ event: { n, text: "ü 😀" }, calls: n });
      expect(value.id).toMatch(/^[0-9a-f-]{36}$/);
      expect(value.left).toBeGreaterThan(590_000);
      expect(value.left).toBeLessThanOrEqual(600_000);
    }
    expect(said.match(/INFO\tnode says/g)).toHaveLength(50);
    expect(said).toContain("ERROR\tInvoke Error");
  });

  it("large payloads", async () => {
    const text = "y".repeat(5 * 1024 * 1024);
    expect(JSON.parse((await invoke({ text, brief: true })).text)).toBe(text.length);
    // cargo-lambda takes an answer of 1 MB and never gives it to its caller.
    const event = { text: "y".repeat(200 * 1024) };
    expect(JSON.parse((await invoke(event)).text).event).toEqual(event);
  });

  it("ends when the Runtime API is gone", async () => {
    const ended = new Promise<void>((resolve) => runtime.once("exit", () => resolve()));
    await end(server.process.pid!);
    proxy.server.closeAllConnections();
    proxy.server.close();
    await ended;
  });
});
