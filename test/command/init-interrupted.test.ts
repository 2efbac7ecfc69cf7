import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { GetFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, it } from "vitest";
import { awsClients } from "../../src/providers/aws/clients.ts";
import { initFunctions } from "../../src/providers/aws/init.ts";
import { distDir, startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig } from "../helpers/local-clients.ts";
import { specOf } from "../unit/providers/aws/memory-remote.ts";

let local: TestLocal;
let lambda: LambdaClient;

beforeAll(async () => {
  local = await startTestLocal();
  lambda = new LambdaClient(clientConfig(local.server));
});
afterAll(() => local.stop());

const exists = (name: string): Promise<boolean> =>
  lambda.send(new GetFunctionCommand({ FunctionName: name })).then(
    () => true,
    () => false,
  );

/** Deploys `name`, and presses Ctrl-C when a step that begins with `at` starts. */
async function interruptedAt(name: string, at: string, rollback: boolean): Promise<string[]> {
  const { endpoint, region, accessKeyId, secretAccessKey } = local.server;
  const clients = awsClients({ endpoint, region, credentials: { accessKeyId, secretAccessKey } });
  const controller = new AbortController();
  const notices: string[] = [];
  const spec = specOf(name, { input: [`${name}-data/in`] });
  const notice = (text: string): void => {
    notices.push(text);
    if (text.startsWith(at)) controller.abort();
  };
  try {
    await expect(
      initFunctions([spec], { clients, signal: controller.signal, notice, distDir, rollback }),
    ).rejects.toMatchObject({ code: "Interrupted", exitCode: 130 });
  } finally {
    clients.close();
  }
  return notices;
}

it("takes back what was made when it is interrupted", async () => {
  const notices = await interruptedAt("cut", "create log group", true);
  expect(notices.at(-2)).toBe(
    "init failed; taking back what it did: delete function 'cut', delete log group '/aws/lambda/cut'",
  );
  expect(notices.at(-1)).toBe("kept: layer 'scar-supervisor', bucket 'cut-data'");
  expect(await exists("cut")).toBe(false);
  const logs = new CloudWatchLogsClient(clientConfig(local.server));
  const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: "/aws/lambda/cut" }));
  expect(logGroups).toEqual([]);
});

it.each(["create function", "create bucket", "create folder", "set the notifications"])(
  "finishes the next time when it was cut at '%s' and nothing was taken back",
  async (at) => {
    const name = at.replaceAll(" ", "-");
    await interruptedAt(name, at, false);
    const { Tags } = await lambda.send(new GetFunctionCommand({ FunctionName: name }));
    expect(Tags!["scar:state"]).toBe("deploying");
    const { endpoint, region, accessKeyId, secretAccessKey } = local.server;
    const clients = awsClients({ endpoint, region, credentials: { accessKeyId, secretAccessKey } });
    const options = { clients, signal: new AbortController().signal, notice: () => undefined, distDir, rollback: true };
    await initFunctions([specOf(name, { input: [`${name}-data/in`] })], options);
    clients.close();
    const after = await lambda.send(new GetFunctionCommand({ FunctionName: name }));
    expect(after.Tags!["scar:state"]).toBe("ready");
  },
);
