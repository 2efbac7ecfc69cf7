/** `ls` asks a constant number of requests a page, however many functions there are. */
import { CreateFunctionCommand } from "@aws-sdk/client-lambda";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type BehindProxy, behindProxy } from "../helpers/behind-proxy.ts";
import { lambdaClient, ROLE, zipOf } from "../helpers/lambda.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig } from "../helpers/local-clients.ts";
import { temporaryFolder } from "../helpers/run.ts";

/** Functions of a page of ListFunctions, and of the tagging API. */
const [PAGE, TAGGED] = [50, 100];

let local: TestLocal;
let client: BehindProxy;

beforeAll(async () => {
  local = await startTestLocal();
  client = await behindProxy(local, temporaryFolder());
});
afterAll(async () => {
  client.close();
  await local.stop();
});

async function makeFunctions(from: number, to: number): Promise<void> {
  const lambda = lambdaClient(local.server);
  const { UserId = "" } = await new STSClient(clientConfig(local.server)).send(new GetCallerIdentityCommand({}));
  const ZipFile = await zipOf({ "index.mjs": "export const handler = () => {};" });
  const FDL = Buffer.from("{}").toString("base64");
  for (let i = from; i < to; i++) {
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName: `many-${i}`,
        Runtime: "nodejs24.x",
        Handler: "index.handler",
        Role: ROLE,
        Environment: { Variables: { FDL } },
        Tags: { createdby: "scar", owner: UserId },
        Code: { ZipFile },
      }),
    );
  }
}

async function list(): Promise<{ readonly listed: number; readonly requests: number }> {
  const { status, stdout, stderr, requests } = await client.scar(["ls"]);
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return { listed: stdout.match(/^many-/gm)?.length ?? 0, requests };
}

it("asks for pages, and for no function by itself", async () => {
  await makeFunctions(0, 20);
  const few = await list();
  expect(few.listed).toBe(20);
  await makeFunctions(20, 120);
  const many = await list();
  expect(many.listed).toBe(120);
  const pages = (count: number) => Math.ceil(count / PAGE) + Math.ceil(count / TAGGED);
  expect(many.requests - few.requests).toBe(pages(120) - pages(20));
  // Who asks.
  expect(few.requests).toBe(pages(20) + 1);
}, 120_000);
