import { setTimeout as sleep } from "node:timers/promises";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BINARY_TEMPLATE, TEXT_TEMPLATE } from "../../src/providers/aws/api/async-template.ts";
import {
  type ApiRequest,
  allow,
  askApi,
  asyncRoute,
  deploy,
  gateway,
  type ProxyApi,
  proxyApi,
} from "../helpers/api-gateway.ts";
import { createNodeFunction, lambdaClient } from "../helpers/lambda.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig } from "../helpers/local-clients.ts";

/** Says its event in its log, with the id under which Lambda took it. */
const TELL = `
export const handler = async (event, context) => {
  const { slow } = event.queryStringParameters ?? {};
  if (slow) await new Promise((resolve) => setTimeout(resolve, Number(slow)));
  console.log("SEEN " + JSON.stringify({ id: context.awsRequestId, event }));
  return { body: "done" };
};`;

const TEXTS = ["application/json", "application/octet-stream", "application/x-www-form-urlencoded", "text/plain"];
const all = (template: string) => Object.fromEntries(TEXTS.map((type) => [type, template]));

let local: TestLocal;
let lambda: LambdaClient;
let api: ProxyApi;
let binary: ProxyApi;
beforeAll(async () => {
  local = await startTestLocal();
  lambda = lambdaClient(local.server);
  const arn = await createNodeFunction(lambda, "tell", TELL);
  api = await proxyApi(local.server, arn);
  await asyncRoute(local.server, api, arn, all(TEXT_TEMPLATE));
  binary = await proxyApi(local.server, arn, { binaryMediaTypes: ["application/octet-stream"] });
  const templates = { ...all(TEXT_TEMPLATE), "application/octet-stream": BINARY_TEMPLATE };
  await asyncRoute(local.server, binary, arn, templates, "CONVERT_TO_TEXT");
  for (const one of [api, binary]) {
    await allow(lambda, "tell", one.id);
    await deploy(local.server, one);
  }
});
afterAll(() => local.stop());

const ask = (path: string, request?: ApiRequest, of: ProxyApi = api) =>
  askApi(local.server.port, `/_aws/execute-api/${of.id}/scar${path}`, request);

/** The events that the function has seen, by the invocation's id. */
async function seen(): Promise<Map<string, unknown>> {
  const logs = new CloudWatchLogsClient(clientConfig(local.server));
  const request = { logGroupName: "/aws/lambda/tell", filterPattern: "SEEN" };
  const found = await logs.send(new FilterLogEventsCommand(request)).catch(() => undefined);
  const told = (found?.events ?? []).map(({ message }) => JSON.parse(/SEEN (.*)/.exec(message!)![1]!));
  return new Map(told.map(({ id, event }) => [id, event]));
}

/** Calls, and waits for what the function was given. */
// biome-ignore lint/suspicious/noExplicitAny: what a function of a test got
async function eventOf(path: string, request?: ApiRequest, of?: ProxyApi): Promise<any> {
  const answer = await ask(path, request, of);
  expect([answer.status, answer.json()]).toEqual([202, { message: "accepted" }]);
  const id = String(answer.headers["amz-lambda-request-id"]);
  for (;;) {
    const event = (await seen()).get(id);
    if (event !== undefined) return event;
    await sleep(50);
  }
}

describe("the asynchronous route", () => {
  it("answers 202 and hands body, query and headers on in the proxy event's shape", async () => {
    const text = `"quotes" 'and' \\ slashes/ ñ 😀\n\ttabs </script>`;
    const event = await eventOf("/async?x=1&x=2&n%C3%A9=%22", {
      method: "PUT",
      headers: { "content-type": "text/plain; charset=utf-8", "X-Own": "it's" },
      body: text,
    });
    expect(event).toEqual({
      resource: "/async",
      path: "/async",
      httpMethod: "PUT",
      headers: expect.objectContaining({ "X-Own": "it's", "content-type": "text/plain; charset=utf-8" }),
      queryStringParameters: { x: "2", né: '"' },
      pathParameters: null,
      stageVariables: null,
      requestContext: {
        stage: "scar",
        apiId: api.id,
        requestId: expect.any(String),
        httpMethod: "PUT",
        path: "/scar/async",
        identity: { sourceIp: "127.0.0.1" },
      },
      body: text,
      isBase64Encoded: false,
    });
  });

  it("knows when there is no body", async () => {
    expect(await eventOf("/async")).toMatchObject({ body: null, queryStringParameters: null, isBase64Encoded: false });
    expect((await eventOf("/async", { method: "POST" })).body).toBeNull();
    expect((await eventOf("/async", { body: "{}" })).body).toBeNull();
    const headers = { "content-type": "application/json" };
    expect((await eventOf("/async", { body: "{}", headers })).body).toBe("{}");
    expect((await eventOf("/async", { body: '{"a":1}' })).body).toBe('{"a":1}');
    expect((await eventOf("/async", { method: "DELETE", body: "x", headers })).body).toBeNull();
  });

  it("hands binary bodies on as base64", async () => {
    const bytes = Buffer.from([0, 255, 137, 80]);
    const headers = { "content-type": "application/octet-stream" };
    const event = await eventOf("/async", { body: bytes, headers }, binary);
    expect([event.body, event.isBase64Encoded]).toEqual([bytes.toString("base64"), true]);
    const empty = await eventOf("/async", { method: "POST", headers }, binary);
    expect([empty.body, empty.isBase64Encoded]).toEqual([null, false]);
    const text = await eventOf("/async", { body: "x", headers: { "content-type": "text/plain" } }, binary);
    expect([text.body, text.isBase64Encoded]).toEqual(["x", false]);
  });

  it("refuses content types that have no template", async () => {
    const answer = await ask("/async", { body: "a,b", headers: { "content-type": "text/csv" } });
    expect([answer.status, answer.json()]).toEqual([415, { message: "Unsupported Media Type" }]);
  });

  it("never says 202 for what Lambda did not take", async () => {
    const large = await ask("/async", { body: "a".repeat(1_048_576), headers: { "content-type": "text/plain" } });
    expect([large.status, large.json()]).toEqual([500, { message: "Internal server error" }]);
    const arn = await createNodeFunction(lambda, "closed", TELL);
    const own = await proxyApi(local.server, arn);
    await asyncRoute(local.server, own, arn, all(TEXT_TEMPLATE));
    await deploy(local.server, own);
    expect((await ask("/async", {}, own)).status).toBe(500);
  });

  it("takes no template but ours, letter by letter", async () => {
    const [resource] = (await gateway(local.server, "GET", `${api.path}/resources?limit=500`)).document.item.filter(
      ({ path }: { path: string }) => path === "/async",
    );
    const path = `${api.path}/resources/${resource.id}/methods/ANY/integration`;
    const change = {
      op: "replace",
      path: "/requestTemplates/text~1plain",
      value: TEXT_TEMPLATE.replace("null", "nil"),
    };
    const { status, document } = await gateway(local.server, "PATCH", path, { patchOperations: [change] });
    expect([status, document.message]).toEqual([501, expect.stringContaining("text/plain")]);
  });
});

describe("X-Amz-Invocation-Type: Event through AWS_PROXY", () => {
  it("is 502, and the function is invoked", async () => {
    const before = (await seen()).size;
    const answer = await ask("/launch?who=event", { body: "x", headers: { "x-amz-invocation-type": "Event" } });
    expect([answer.status, answer.json()]).toEqual([502, { message: "Internal server error" }]);
    while ((await seen()).size === before) await sleep(50);
    expect([...(await seen()).values()].at(-1)).toMatchObject({ queryStringParameters: { who: "event" }, body: "x" });
  });

  it("DryRun is 502 and nothing runs; what Lambda does not know is 500", async () => {
    const before = (await seen()).size;
    expect((await ask("/launch", { headers: { "x-amz-invocation-type": "DryRun" } })).status).toBe(502);
    expect((await ask("/launch", { headers: { "x-amz-invocation-type": "Later" } })).status).toBe(500);
    const direct = await ask("/launch", { headers: { "x-amz-invocation-type": "RequestResponse" } });
    expect([direct.status, direct.text]).toEqual([200, "done"]);
    while ((await seen()).size === before) await sleep(50);
    expect((await seen()).size).toBe(before + 1);
  });

  it("an event that was accepted survives the end of the server", async () => {
    const answer = await ask("/async?slow=1500");
    expect(answer.status).toBe(202);
    const id = String(answer.headers["amz-lambda-request-id"]);
    await local.restart("killed");
    while (!(await seen()).has(id)) await sleep(50);
    expect((await seen()).get(id)).toMatchObject({ queryStringParameters: { slow: "1500" } });
  });
});
