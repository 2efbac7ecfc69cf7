import { cpus } from "node:os";
import { DeleteFunctionCommand, type LambdaClient, PutFunctionConcurrencyCommand } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type ApiRequest,
  allow,
  askApi,
  deploy,
  gatewayOk,
  lambdaUri,
  type ProxyApi,
  proxyApi,
  proxyMethod,
} from "../helpers/api-gateway.ts";
import { createNodeFunction, lambdaClient } from "../helpers/lambda.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { sign } from "../helpers/local-signed.ts";

/** Answers with its event, or with what the event's query `answer` says. */
const ECHO = `
export const handler = async (event) => {
  const { answer, raise, wait } = event.queryStringParameters ?? {};
  if (raise) throw new Error(raise);
  if (wait) await new Promise((resolve) => setTimeout(resolve, Number(wait)));
  if (answer) return JSON.parse(answer);
  return { statusCode: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(event) };
};`;

let local: TestLocal;
let lambda: LambdaClient;
let functionArn: string;
let api: ProxyApi;
/** With `image/*` as binary. */
let binary: ProxyApi;

beforeAll(async () => {
  local = await startTestLocal();
  lambda = lambdaClient(local.server);
  functionArn = await createNodeFunction(lambda, "echo", ECHO);
  api = await proxyApi(local.server, functionArn);
  binary = await proxyApi(local.server, functionArn, { binaryMediaTypes: ["image/*", "application/octet-stream"] });
  for (const one of [api, binary]) {
    await allow(lambda, "echo", one.id);
    await deploy(local.server, one);
  }
});
afterAll(() => local.stop());

const base = ({ id }: { id: string }, stage = "scar") => `/_aws/execute-api/${id}/${stage}`;
const ask = (path: string, request?: ApiRequest) => askApi(local.server.port, `${base(api)}${path}`, request);
const askBinary = (path: string, request?: ApiRequest) => askApi(local.server.port, `${base(binary)}${path}`, request);
const answering = (answer: unknown) => `/x?answer=${encodeURIComponent(JSON.stringify(answer))}`;

describe("the proxy event", () => {
  it("has AWS's fields", async () => {
    const answer = await ask("/a%20b/c?x=1&y=%C3%B1%20+&x=2&flag", {
      method: "PUT",
      headers: {
        "X-Many": ["1", "2"],
        "User-Agent": "test/1",
        "content-type": "text/plain; charset=utf-8",
        Authorization: "Bearer t",
      },
      body: "tëxt",
    });
    expect(answer.status).toBe(200);
    const event = answer.json();
    expect(Object.keys(event)).toEqual([
      "resource",
      "path",
      "httpMethod",
      "headers",
      "multiValueHeaders",
      "queryStringParameters",
      "multiValueQueryStringParameters",
      "pathParameters",
      "stageVariables",
      "requestContext",
      "body",
      "isBase64Encoded",
    ]);
    expect(event).toMatchObject({
      resource: "/{proxy+}",
      path: "/a%20b/c",
      httpMethod: "PUT",
      queryStringParameters: { x: "2", y: "ñ  ", flag: "" },
      multiValueQueryStringParameters: { x: ["1", "2"], y: ["ñ  "], flag: [""] },
      pathParameters: { proxy: "a%20b/c" },
      stageVariables: null,
      body: "tëxt",
      isBase64Encoded: false,
    });
    expect(event.headers).toMatchObject({
      "X-Many": "2",
      "User-Agent": "test/1",
      "content-type": "text/plain; charset=utf-8",
      Authorization: "Bearer t",
      "X-Forwarded-For": "127.0.0.1",
      "X-Forwarded-Port": String(local.server.port),
      "X-Forwarded-Proto": "http",
      "X-Amzn-Trace-Id": expect.stringMatching(/^Root=1-[\da-f]{8}-[\da-f]{24}$/),
    });
    expect(event.multiValueHeaders["X-Many"]).toEqual(["1", "2"]);
    expect(Object.keys(event.headers).map((name) => name.toLowerCase())).not.toContain("content-length");
    expect(event.requestContext).toEqual({
      resourceId: api.proxyId,
      resourcePath: "/{proxy+}",
      httpMethod: "PUT",
      extendedRequestId: answer.headers["x-amz-apigw-id"],
      requestTime: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
      path: "/scar/a%20b/c",
      accountId: "000000000000",
      protocol: "HTTP/1.1",
      stage: "scar",
      domainPrefix: api.id,
      requestTimeEpoch: expect.any(Number),
      requestId: answer.headers["x-amzn-requestid"],
      identity: {
        cognitoIdentityPoolId: null,
        accountId: null,
        cognitoIdentityId: null,
        caller: null,
        sourceIp: "127.0.0.1",
        principalOrgId: null,
        accessKey: null,
        cognitoAuthenticationType: null,
        cognitoAuthenticationProvider: null,
        userArn: null,
        userAgent: "test/1",
        user: null,
      },
      domainName: `${api.id}.execute-api.localhost:${local.server.port}`,
      deploymentId: expect.any(String),
      apiId: api.id,
    });
    expect(answer.headers["x-amzn-trace-id"]).toMatch(/^Root=1-/);
  });

  it("has null for what is not there", async () => {
    const event = (await ask("/")).json();
    expect(event).toMatchObject({
      resource: "/",
      path: "/",
      queryStringParameters: null,
      multiValueQueryStringParameters: null,
      pathParameters: null,
      stageVariables: null,
      body: null,
      isBase64Encoded: false,
    });
    expect((await ask("")).json().path).toBe("/");
  });

  it("has the body as base64 when its content type is one of the API's binary ones", async () => {
    const bytes = Buffer.from([0xff, 0xd8, 0x00, 0x01]);
    const body = bytes;
    const png = (await askBinary("/x", { body, headers: { "content-type": "image/png" } })).json();
    expect([png.body, png.isBase64Encoded]).toEqual([bytes.toString("base64"), true]);
    const text = (await askBinary("/x", { body: "text", headers: { "content-type": "text/plain" } })).json();
    expect([text.body, text.isBase64Encoded]).toEqual(["text", false]);
    const mangled = (await ask("/x", { body, headers: { "content-type": "image/png" } })).json();
    expect([mangled.body, mangled.isBase64Encoded]).toEqual([bytes.toString("utf8"), false]);
  });

  it("has the stage's variables", async () => {
    const own = await proxyApi(local.server, functionArn);
    await allow(lambda, "echo", own.id);
    await gatewayOk(local.server, "POST", `${own.path}/deployments`, { stageName: "s", variables: { colour: "grey" } });
    const answer = await askApi(local.server.port, `${base(own, "s")}/x`);
    expect(answer.json().stageVariables).toEqual({ colour: "grey" });
  });
});

describe("the answer", () => {
  it("is the function's: status, headers, all of several values, body", async () => {
    const answer = await ask(
      answering({
        statusCode: 418,
        headers: { "X-One": "1", "X-Yes": true, "Content-Length": "99", Trailer: "x", "X-Amzn-RequestId": "mine" },
        multiValueHeaders: { "Set-Cookie": ["a=1", "b=2"] },
        body: "short",
      }),
    );
    expect(answer.status).toBe(418);
    expect(answer.text).toBe("short");
    expect(answer.headers).toMatchObject({
      "x-one": "1",
      "x-yes": "true",
      "set-cookie": ["a=1", "b=2"],
      "content-type": "application/json",
      "x-amzn-remapped-content-length": "99",
      "x-amzn-remapped-trailer": "x",
      "x-amzn-requestid": expect.stringMatching(/^[\da-f-]{36}$/),
      "content-length": "5",
    });
    expect((await ask(answering({}))).status).toBe(200);
    expect((await ask(answering({ statusCode: "201", body: null }))).status).toBe(201);
  });

  it("is decoded when it is base64 and the client accepts a binary type, and left as text otherwise", async () => {
    const bytes = Buffer.from([0x89, 0x50, 0x00, 0xff]);
    const encoded = bytes.toString("base64");
    const path = answering({
      statusCode: 200,
      headers: { "Content-Type": "image/png" },
      body: encoded,
      isBase64Encoded: true,
    });
    expect((await askBinary(path, { headers: { accept: "image/png, */*" } })).body).toEqual(bytes);
    expect((await askBinary(path, { headers: { accept: "*/*" } })).text).toBe(encoded);
    expect((await askBinary(path)).text).toBe(encoded);
    expect((await ask(path, { headers: { accept: "image/png" } })).text).toBe(encoded);
    const plain = answering({ body: "plain" });
    expect((await askBinary(plain, { headers: { accept: "image/png" } })).text).toBe("plain");
  });

  it.each([
    ["no object", "text"],
    ["null", null],
    ["a list", [1]],
    ["a field that AWS does not know", { statusCode: 200, colour: "red" }],
    ["a status that is none", { statusCode: "many" }],
    ["a status out of range", { statusCode: 1000 }],
    ["a body that is no text", { body: { a: 1 } }],
    ["headers that are none", { headers: "x" }],
    ["a header's value that is none", { headers: { "x-y": { a: 1 } } }],
    ["a header with a line's end", { headers: { "x-y": "a\r\nb: c" } }],
    ["several values that are none", { multiValueHeaders: { "x-y": "a" } }],
    ["a mark that is none", { body: "", isBase64Encoded: "yes" }],
  ])("is 502 for %s", async (_, answer) => {
    const { status, headers, json } = await ask(answering(answer));
    expect([status, headers["x-amzn-errortype"], json()]).toEqual([
      502,
      "InternalServerErrorException",
      { message: "Internal server error" },
    ]);
  });

  it("is 502 for wrong base64 that was to be decoded, and for a function that failed", async () => {
    const wrong = answering({ body: "%%%", isBase64Encoded: true });
    expect((await askBinary(wrong, { headers: { accept: "image/png" } })).status).toBe(502);
    const failed = await ask("/x?raise=secret");
    expect([failed.status, failed.text]).toEqual([502, '{"message":"Internal server error"}']);
  });
});

describe("API Gateway itself answers", () => {
  it("403 for what is not there", async () => {
    const port = local.server.port;
    const of = async (path: string, request?: ApiRequest) => {
      const { status, headers, json } = await askApi(port, path, request);
      return [status, headers["x-amzn-errortype"], json()];
    };
    const forbidden = [403, "ForbiddenException", { message: "Forbidden" }];
    expect(await of("/_aws/execute-api/absent0000/scar/x")).toEqual(forbidden);
    expect(await of(`${base(api, "other")}/x`)).toEqual(forbidden);
    expect(await of(`/_aws/execute-api/${api.id}`)).toEqual(forbidden);
    const own = await proxyApi(local.server, functionArn);
    await allow(lambda, "echo", own.id);
    const { id } = await gatewayOk(local.server, "POST", `${own.path}/resources/${own.rootId}`, { pathPart: "only" });
    await proxyMethod(local.server, `${own.path}/resources/${id}`, functionArn, { verb: "GET" });
    await deploy(local.server, own);
    expect((await askApi(port, `${base(own)}/only`)).json().resource).toBe("/only");
    const missing = [403, "MissingAuthenticationTokenException", { message: "Missing Authentication Token" }];
    expect(await of(`${base(own)}/only`, { method: "POST", body: "x" })).toEqual(missing);
    expect((await askApi(port, `${base(own)}/only/more`)).json().resource).toBe("/{proxy+}");
    const headers = { authorization: "Bearer t" };
    expect((await of(`${base(own)}/only`, { method: "POST", body: "x", headers }))[1]).toBe(
      "IncompleteSignatureException",
    );
  });

  it("413 and 431 for what is too large", async () => {
    const sent = (size: number) => ask("/x", { body: Buffer.alloc(size, 97) });
    const tooLarge = await sent(10 * 1024 * 1024 + 1);
    expect([tooLarge.status, tooLarge.text]).toEqual([413, "HTTP content length exceeded 10485760 bytes."]);
    const forLambda = await sent(6 * 1024 * 1024);
    expect([forLambda.status, forLambda.json()]).toEqual([413, { message: "Request Too Long" }]);
    const head = await ask("/x", { headers: { "x-long": "a".repeat(10_240) } });
    expect([head.status, head.text]).toEqual([431, "HTTP header is larger than 10240 bytes."]);
    expect((await ask("/x", { headers: { "x-long": "a".repeat(9_000) } })).status).toBe(200);
  });

  it("500 when Lambda does not take the call: no permission, no function, throttled", async () => {
    const internal = [500, "InternalServerErrorException", { message: "Internal server error" }];
    const arn = await createNodeFunction(lambda, "closed", ECHO);
    const own = await proxyApi(local.server, arn);
    await deploy(local.server, own);
    const of = async () => {
      const { status, headers, json } = await askApi(local.server.port, `${base(own)}/x`);
      return [status, headers["x-amzn-errortype"], json()];
    };
    expect(await of()).toEqual(internal);
    // SCAR's second statement names a verb ANY, which no request has.
    await allow(lambda, "closed", own.id, "/scar/ANY", "any");
    expect(await of()).toEqual(internal);
    await allow(lambda, "closed", own.id, "/*/GET/*");
    expect((await of())[0]).toBe(200);
    await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: "closed", ReservedConcurrentExecutions: 0 }));
    expect(await of()).toEqual(internal);
    await lambda.send(new DeleteFunctionCommand({ FunctionName: "closed" }));
    expect(await of()).toEqual(internal);
  });

  it("504 when the function takes longer than the integration may", async () => {
    const own = await proxyApi(local.server, functionArn, {}, { timeoutInMillis: 1000 });
    await allow(lambda, "echo", own.id);
    await deploy(local.server, own);
    const late = await askApi(local.server.port, `${base(own)}/x?wait=2500`);
    expect([late.status, late.json()]).toEqual([504, { message: "Endpoint request timed out" }]);
  });

  it("no 504 for the time that a request waits for its turn on this machine", async () => {
    const own = await proxyApi(local.server, functionArn, {}, { timeoutInMillis: 5000 });
    await allow(lambda, "echo", own.id);
    await deploy(local.server, own);
    // Ten rounds of 700 ms: more than five seconds.
    const times = Math.max(4, 2 * cpus().length) * 10;
    const all = Array.from({ length: times }, () => askApi(local.server.port, `${base(own)}/x?wait=700`));
    expect((await Promise.all(all)).map(({ status }) => status)).toEqual(Array(times).fill(200));
  });
});

describe("a deployment", () => {
  it("is served as it was made, whatever is changed later, until the next; and survives the server", async () => {
    const own = await proxyApi(local.server, functionArn);
    await allow(lambda, "echo", own.id);
    const at = (path: string) => askApi(local.server.port, `${base(own)}${path}`);
    expect((await at("/x")).status).toBe(403);
    await deploy(local.server, own);
    await gatewayOk(local.server, "DELETE", `${own.path}/resources/${own.proxyId}`);
    expect((await at("/x")).status).toBe(200);
    await local.restart("killed");
    expect((await at("/x")).status).toBe(200);
    await deploy(local.server, own);
    expect((await at("/x")).status).toBe(403);
    expect((await at("/")).status).toBe(200);
    await gatewayOk(local.server, "DELETE", own.path);
    expect((await at("/")).status).toBe(403);
  });
});

describe("AWS_IAM", () => {
  it("asks for a signature of execute-api", async () => {
    const own = await proxyApi(local.server, functionArn, {}, { authorizationType: "AWS_IAM" });
    await allow(lambda, "echo", own.id);
    await deploy(local.server, own);
    const { port } = local.server;
    const path = `${base(own)}/launch?b=2&a=1`;
    const of = async (signing: Partial<Parameters<typeof sign>[1]>, change: object = {}) => {
      const raw = sign(
        { port, method: "POST", path, body: "{}" },
        { ...local.server, service: "execute-api", ...signing },
      );
      const { status, headers, json } = await askApi(port, path, {
        method: "POST",
        body: "{}",
        headers: raw.headers,
        ...change,
      });
      return { status, type: headers["x-amzn-errortype"], document: json() };
    };
    const accepted = await of({});
    expect(accepted.status).toBe(200);
    expect(accepted.document.requestContext.identity).toMatchObject({
      accessKey: local.server.accessKeyId,
      accountId: "000000000000",
      userArn: expect.stringMatching(/^arn:aws:iam::/),
    });
    expect(accepted.document.headers).not.toHaveProperty("authorization");
    const unsigned = await askApi(port, path);
    expect([unsigned.status, unsigned.json()]).toEqual([403, { message: "Missing Authentication Token" }]);
    const wrong: [object, string, RegExp][] = [
      [{ secretAccessKey: "x" }, "InvalidSignatureException", /does not match the signature/],
      [{ accessKeyId: "AKIAX" }, "UnrecognizedClientException", /security token included in the request is invalid/],
      [{ service: "s3" }, "InvalidSignatureException", /correct service: 'execute-api'/],
      [{ time: Date.now() - 3_600_000 }, "InvalidSignatureException", /time/],
    ];
    for (const [signing, type, message] of wrong) {
      expect(await of(signing)).toMatchObject({
        status: 403,
        type,
        document: { message: expect.stringMatching(message) },
      });
    }
    expect(await of({}, { body: '{"a":1}' })).toMatchObject({ status: 403, type: "InvalidSignatureException" });
  });
});

describe("addresses and pages", () => {
  it("takes the host form too", async () => {
    const { port } = local.server;
    const headers = { host: `${api.id}.execute-api.localhost:${port}` };
    const event = (await askApi(port, "/scar/launch?a=1", { headers })).json();
    expect(event).toMatchObject({
      path: "/launch",
      queryStringParameters: { a: "1" },
      requestContext: { path: "/scar/launch" },
    });
  });

  it("refuses foreign pages and hosts, and takes its own", async () => {
    const { port } = local.server;
    const of = async (headers: Record<string, string>) => (await ask("/x", { headers })).status;
    expect(await of({ origin: `http://127.0.0.1:${port}` })).toBe(200);
    expect(await of({ origin: "https://example.com" })).toBe(403);
    expect(await of({ origin: `http://localhost:${port}` })).toBe(403);
    expect(await of({ origin: "http://127.0.0.1:1" })).toBe(403);
    expect(await of({ origin: "null" })).toBe(403);
    expect(await of({ "sec-fetch-site": "cross-site" })).toBe(403);
    expect(await of({ "sec-fetch-site": "same-origin" })).toBe(200);
    expect(await of({ "sec-fetch-site": "none" })).toBe(200);
    expect(await of({ host: "evil.example" })).toBe(403);
    const own = `${api.id}.execute-api.localhost:${port}`;
    const page = await askApi(port, "/scar/x", { headers: { host: own, origin: `http://${own}` } });
    expect(page.status).toBe(200);
    // Nothing of CORS is made up.
    expect(Object.keys(page.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
  });
});

it("serves 100 requests at once", async () => {
  const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => ask(`/x?n=${n}`, { body: `body ${n}` })));
  expect(answers.map(({ status }) => status)).toEqual(Array(100).fill(200));
  expect(answers.map((answer) => answer.json().body)).toEqual(answers.map((_, n) => `body ${n}`));
});

it("invokes an other function by its integration's uri alone", async () => {
  const other = await createNodeFunction(lambda, "other", "export const handler = async () => ({ body: 'other' });");
  const own = await proxyApi(local.server, functionArn);
  const method = `${own.path}/resources/${own.proxyId}/methods/ANY/integration`;
  await gatewayOk(local.server, "PATCH", method, {
    patchOperations: [{ op: "replace", path: "/uri", value: lambdaUri(other) }],
  });
  await allow(lambda, "other", own.id);
  await deploy(local.server, own);
  expect((await askApi(local.server.port, `${base(own)}/x`)).text).toBe("other");
});
