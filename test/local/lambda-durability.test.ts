import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateFunctionCommand,
  GetFunctionCommand,
  InvokeCommand,
  type LambdaClient,
  PublishLayerVersionCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, createNodeFunction, lambdaClient, ROLE, SHELL_FUNCTION, settled, zipOf } from "../helpers/lambda.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig } from "../helpers/local-clients.ts";

let local: TestLocal;
let lambda: LambdaClient;

beforeAll(async () => {
  local = await startTestLocal();
  lambda = lambdaClient(local.server);
});
afterAll(() => local?.stop());

async function logged(name: string, text: string): Promise<string[]> {
  const logs = new CloudWatchLogsClient(clientConfig(local.server));
  const request = { logGroupName: `/aws/lambda/${name}`, filterPattern: `"${text}"` };
  const found = await logs.send(new FilterLogEventsCommand(request)).catch(() => undefined);
  return (found?.events ?? []).map(({ message }) => message!);
}

describe.each(["gently", "killed"] as const)("a server ended (%s)", (how) => {
  it("has its functions and layers again", async () => {
    const Content = { ZipFile: await zipOf({ file: how }) };
    const { LayerVersionArn } = await lambda.send(new PublishLayerVersionCommand({ LayerName: how, Content }));
    await createNodeFunction(lambda, `kept-${how}`, SHELL_FUNCTION, { Layers: [LayerVersionArn!], Tags: { a: "b" } });
    const before = await lambda.send(new GetFunctionCommand({ FunctionName: `kept-${how}` }));
    await local.restart(how);
    // Killed within a moment after it became Active, it becomes so again.
    await settled(lambda, `kept-${how}`);
    const after = await lambda.send(new GetFunctionCommand({ FunctionName: `kept-${how}` }));
    expect([after.Configuration, after.Tags]).toEqual([before.Configuration, before.Tags]);
    expect((await call(lambda, `kept-${how}`, { sh: "cat /opt/file" })).value.stdout).toBe(how);
  });

  it("goes on with a function that was Pending", async () => {
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName: `pending-${how}`,
        Runtime: "nodejs24.x",
        Handler: "index.handler",
        Role: ROLE,
        Code: { ZipFile: await zipOf({ "index.mjs": SHELL_FUNCTION }) },
      }),
    );
    await local.restart(how);
    await settled(lambda, `pending-${how}`);
    expect((await call(lambda, `pending-${how}`, { sh: "echo up" })).value.stdout).toBe("up\n");
  });

  it("runs the events that it had accepted, and leaves no environment behind", async () => {
    const name = `queued-${how}`;
    await createNodeFunction(
      lambda,
      name,
      "export const handler = async (e) => { await new Promise((d) => setTimeout(d, 200)); console.log('done-' + e.n + '.'); };",
      { Timeout: 20 },
    );
    for (let n = 0; n < 12; n++) {
      await lambda.send(
        new InvokeCommand({ FunctionName: name, InvocationType: "Event", Payload: JSON.stringify({ n }) }),
      );
    }
    while ((await logged(name, "START")).length === 0) await sleep(10);
    await local.restart(how);
    const wanted = Array.from({ length: 12 }, (_, n) => `done-${n}.`);
    const seen = async () => new Set((await logged(name, "done-")).map((line) => /done-\d+\./.exec(line)![0]));
    while ((await seen()).size < wanted.length) await sleep(20);
    expect([...(await seen())].sort()).toEqual([...wanted].sort());
    while (readdirSync(join(local.dir, "lambda", "queue", name)).length > 0) await sleep(20);
    await local.restart(how);
    await call(lambda, `kept-${how}`, { sh: "true" });
    // One environment: that of the call.
    expect(readdirSync(join(local.dir, "lambda", "environments")).length).toBe(1);
  });
});
