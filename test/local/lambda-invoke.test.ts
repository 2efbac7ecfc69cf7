import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CloudWatchLogsClient, FilterLogEventsCommand, paginateFilterLogEvents } from "@aws-sdk/client-cloudwatch-logs";
import { CreateFunctionCommand, InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, createNodeFunction, lambdaClient, ROLE, SHELL_FUNCTION, settled, zipOf } from "../helpers/lambda.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig, s3Client } from "../helpers/local-clients.ts";

let local: TestLocal;
let lambda: LambdaClient;
let logs: CloudWatchLogsClient;

beforeAll(async () => {
  local = await startTestLocal();
  lambda = lambdaClient(local.server);
  logs = new CloudWatchLogsClient(clientConfig(local.server));
});
afterAll(() => local?.stop());

async function messages(name: string, filterPattern?: string): Promise<string[]> {
  const found = await logs.send(
    new FilterLogEventsCommand({ logGroupName: `/aws/lambda/${name}`, ...(filterPattern ? { filterPattern } : {}) }),
  );
  return found.events!.map(({ message }) => message!);
}

/** Waits until the log has what is looked for. */
async function logged(name: string, text: string, times = 1): Promise<string[]> {
  for (;;) {
    const found = await messages(name, `"${text}"`).catch(() => []);
    if (found.length >= times) return found;
    await sleep(20);
  }
}

describe("synchronous invocation", () => {
  it("gives event and context to the handler and its answer to the caller", async () => {
    await createNodeFunction(
      lambda,
      "echo",
      `export const handler = async (event, context) => {
        console.log("seen", event.n);
        return { event, left: context.getRemainingTimeInMillis(), context };
      };`,
      { Timeout: 20, MemorySize: 256 },
    );
    const { value, error, log, requestId } = await call(lambda, "echo", { n: "ü" });
    expect(error).toBeUndefined();
    expect(value.event).toEqual({ n: "ü" });
    expect(value.left).toBeGreaterThan(0);
    expect(value.left).toBeLessThanOrEqual(20_000);
    expect(value.context).toMatchObject({
      functionName: "echo",
      functionVersion: "$LATEST",
      memoryLimitInMB: "256",
      awsRequestId: requestId,
      logGroupName: "/aws/lambda/echo",
      logStreamName: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/),
      invokedFunctionArn: expect.stringMatching(/:function:echo$/),
    });
    const lines = log.trim().split("\n");
    expect(lines[0]).toBe(`START RequestId: ${requestId} Version: $LATEST`);
    expect(lines[1]).toMatch(new RegExp(`^\\S+Z\t${requestId}\tINFO\tseen ü$`));
    expect(lines[2]).toBe(`END RequestId: ${requestId}`);
    expect(lines[3]).toMatch(
      new RegExp(
        `^REPORT RequestId: ${requestId}\tDuration: [\\d.]+ ms\tBilled Duration: \\d+ ms\tMemory Size: 256 MB\tMax Memory Used: \\d+ MB\tInit Duration: [\\d.]+ ms$`,
      ),
    );
    // The log service has the same lines.
    expect((await logged("echo", "REPORT")).length).toBe(1);
    expect((await messages("echo")).map((message) => message.trim())).toEqual(lines);
  });

  it("has every line in the log when the caller has the answer", async () => {
    const source =
      "export const handler = async (e) => { for (let n = 0; n < e.n; n++) console.log('line', n, '.'.repeat(80)); };";
    await createNodeFunction(lambda, "talkative", source, { Timeout: 60 });
    const { log } = await call(lambda, "talkative", { n: 30_000 });
    expect(log).toContain("line 29999 ");
    await logged("talkative", "REPORT");
    const lines = [];
    for await (const page of paginateFilterLogEvents({ client: logs }, { logGroupName: "/aws/lambda/talkative" })) {
      lines.push(...page.events!.map(({ message }) => /START|END|REPORT|line \d+/.exec(message!)![0]));
    }
    const wanted = Array.from({ length: 30_000 }, (_, n) => `line ${n}`);
    expect(lines).toEqual(["START", ...wanted, "END", "REPORT"]);
  });

  it("reuses the environment, in the same log stream", async () => {
    await createNodeFunction(
      lambda,
      "warm",
      "let n = 0; export const handler = async () => [++n, process.env.AWS_LAMBDA_LOG_STREAM_NAME];",
    );
    const first = (await call(lambda, "warm")).value;
    const second = (await call(lambda, "warm")).value;
    expect([first[0], second[0]]).toEqual([1, 2]);
    expect(second[1]).toBe(first[1]);
  });

  it("answers null for undefined", async () => {
    await createNodeFunction(lambda, "nothing", "export const handler = async () => {};");
    expect((await call(lambda, "nothing")).value).toBeNull();
  });

  it("loads CommonJS handlers in folders", async () => {
    await createNodeFunction(lambda, "commonjs", "", {
      Handler: "src/app.nested.handler",
      Code: { ZipFile: await zipOf({ "src/app.js": "exports.nested = { handler: async (e) => e.x };" }) },
    });
    expect((await call(lambda, "commonjs", { x: 5 })).value).toBe(5);
  });

  it("tells the caller of an error of the handler, and goes on", async () => {
    await createNodeFunction(
      lambda,
      "failing",
      "export const handler = async (e) => { if (e.ok) return 1; throw new TypeError('no such thing'); };",
    );
    const { value, error, log } = await call(lambda, "failing");
    expect(error).toBe("Unhandled");
    expect(value).toMatchObject({ errorType: "TypeError", errorMessage: "no such thing" });
    expect(value.trace[0]).toBe("TypeError: no such thing");
    expect(log).toContain("ERROR\tInvoke Error");
    expect((await call(lambda, "failing", { ok: true })).value).toBe(1);
  });

  it.each([
    ["exits", "export const handler = async () => process.exit(3);", "Runtime.ExitError", /exit status 3/],
    [
      "killed",
      "export const handler = async () => { process.kill(process.pid, 'SIGKILL'); await new Promise(() => {}); };",
      "Runtime.ExitError",
      /signal: killed/,
    ],
    [
      "unloadable",
      "import 'nowhere'; export const handler = async () => {};",
      "Error",
      /^Cannot find package 'nowhere'/,
    ],
    ["unexported", "export const other = 1;", "Runtime.HandlerNotFound", /index.handler/],
    ["misspelt", "export const handler = async ( => {};", "Runtime.UserCodeSyntaxError", /SyntaxError/],
    [
      "uncaught",
      "export const handler = () => new Promise(() => setTimeout(() => { throw new RangeError('late'); }));",
      "RangeError",
      /late/,
    ],
  ])("a function (%s) fails with AWS's error", async (name, source, errorType, errorMessage) => {
    await createNodeFunction(lambda, name, source);
    const { value, error } = await call(lambda, name);
    expect(error).toBe("Unhandled");
    expect(value).toMatchObject({ errorType, errorMessage: expect.stringMatching(errorMessage) });
  });

  it("ends an invocation at its deadline, with everything that it started", async () => {
    await createNodeFunction(
      lambda,
      "endless",
      `import { spawn } from "node:child_process";
       export const handler = async () => {
         spawn("sh", ["-c", "while :; do echo alive > /tmp/beat; sleep 0.05; done"], { detached: true, stdio: "ignore" }).unref();
         await new Promise((done) => setTimeout(done, 60_000));
       };`,
      { Timeout: 1 },
    );
    const { value, error, log, requestId } = await call(lambda, "endless");
    expect(error).toBe("Unhandled");
    expect(value).toEqual({
      errorType: "Sandbox.Timedout",
      errorMessage: `RequestId: ${requestId} Error: Task timed out after 1.00 seconds`,
    });
    expect(log).toContain("Task timed out after 1.00 seconds");
    expect(log).toMatch(/REPORT .*Status: timeout/);
    while (spawnSync("pgrep", ["-f", "^sh -c while :; do echo alive"]).status === 0) await sleep(20);
  });

  it("refuses a payload that is not JSON, and one over 6 MB", async () => {
    await createNodeFunction(
      lambda,
      "sized",
      "export const handler = async (e) => ({ length: e.text?.length, out: 'x'.repeat(e.answer ?? 0) });",
    );
    const send = (Payload: string) => lambda.send(new InvokeCommand({ FunctionName: "sized", Payload }));
    await expect(send("{")).rejects.toMatchObject({ name: "InvalidRequestContentException" });
    await expect(send(JSON.stringify({ text: "x".repeat(6_291_456) }))).rejects.toMatchObject({
      name: "RequestTooLargeException",
      $metadata: { httpStatusCode: 413 },
    });
    expect((await call(lambda, "sized", { text: "x".repeat(6_000_000) })).value.length).toBe(6_000_000);
    const tooMuch = await call(lambda, "sized", { answer: 6_300_000 });
    expect(tooMuch).toMatchObject({ error: "Unhandled", value: { errorType: "Function.ResponseSizeTooLarge" } });
  });

  it("checks without running when asked to", async () => {
    const answer = await lambda.send(new InvokeCommand({ FunctionName: "echo", InvocationType: "DryRun" }));
    expect(answer.StatusCode).toBe(204);
  });

  it("runs several at once in environments of their own, and more than the limit in turn", async () => {
    await createNodeFunction(
      lambda,
      "parallel",
      "export const handler = async (e) => { await new Promise((d) => setTimeout(d, 30)); return e.n; };",
    );
    const numbers = Array.from({ length: 24 }, (_, n) => n);
    const answers = await Promise.all(numbers.map((n) => call(lambda, "parallel", { n })));
    expect(answers.map(({ value }) => value)).toEqual(numbers);
    expect(new Set(answers.map(({ requestId }) => requestId)).size).toBe(24);
  });
});

describe("the Runtime API", () => {
  it("is closed to other users of the machine and to names that lead to loopback", async () => {
    await createNodeFunction(
      lambda,
      "api",
      `import { get } from "node:http";
       export const handler = (event) => new Promise((done) => {
         const path = "/2018-06-01/runtime/invocation/nothing/response";
         if (event.port) return done(process.env.AWS_LAMBDA_RUNTIME_API);
         const headers = { host: event.host ?? process.env.AWS_LAMBDA_RUNTIME_API };
         get("http://" + process.env.AWS_LAMBDA_RUNTIME_API + path, { headers }, (response) => done(response.statusCode));
       });`,
    );
    expect((await call(lambda, "api")).value).toBe(404);
    expect((await call(lambda, "api", { host: "attacker.example" })).value).toBe(403);
    const address = (await call(lambda, "api", { port: true })).value as string;
    if (process.getuid!() === 0) {
      // The server and this test are root, the function is not.
      const { status } = await fetch(`http://${address}/2018-06-01/runtime/invocation/next`);
      expect(status).toBe(403);
    }
  });
});

describe("asynchronous invocation", () => {
  it("answers 202 and runs each event once", async () => {
    await createNodeFunction(lambda, "later", "export const handler = async (e) => { console.log('event-' + e.n); };");
    for (let n = 0; n < 20; n++) {
      const { StatusCode } = await lambda.send(
        new InvokeCommand({ FunctionName: "later", InvocationType: "Event", Payload: JSON.stringify({ n }) }),
      );
      expect(StatusCode).toBe(202);
    }
    await logged("later", "REPORT", 20);
    const events = (await messages("later", '"event-"')).map((message) => /event-\d+/.exec(message)![0]);
    expect(events.sort()).toEqual(Array.from({ length: 20 }, (_, n) => `event-${n}`).sort());
    expect(readdirSync(join(local.dir, "lambda", "queue", "later"))).toEqual([]);
  });

  it("refuses an event over 1 MB", async () => {
    const Payload = JSON.stringify({ text: "x".repeat(1_048_576) });
    await expect(
      lambda.send(new InvokeCommand({ FunctionName: "echo", InvocationType: "Event", Payload })),
    ).rejects.toMatchObject({ name: "RequestTooLargeException" });
  });
});

describe("other runtimes", () => {
  it("runs the bootstrap of a provided runtime", async () => {
    const bootstrap = `#!/bin/sh
api=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation
while :; do
  event=$(/var/lang/bin/node -e '
    const http = require("node:http");
    http.get(process.argv[1] + "/next", (r) => {
      let body = "";
      r.on("data", (d) => (body += d)).on("end", () => console.log(r.headers["lambda-runtime-aws-request-id"] + " " + body));
    });' "$api")
  id=\${event%% *}
  /var/lang/bin/node -e '
    const http = require("node:http");
    http.request(process.argv[1], { method: "POST" }, (r) => r.resume()).end(process.argv[2]);
  ' "$api/$id/response" "{\\"handler\\":\\"$_HANDLER\\",\\"event\\":\${event#* }}"
done
`;
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName: "provided",
        Runtime: "provided.al2023",
        Handler: "anything",
        Role: ROLE,
        Timeout: 30,
        Code: { ZipFile: await zipOf({ bootstrap: { text: bootstrap, mode: 0o755 } }) },
      }),
    );
    await settled(lambda, "provided");
    expect((await call(lambda, "provided", { a: 1 })).value).toEqual({ handler: "anything", event: { a: 1 } });
    expect((await call(lambda, "provided", { a: 2 })).value).toEqual({ handler: "anything", event: { a: 2 } });
  });

  it("says when there is no bootstrap", async () => {
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName: "bare",
        Runtime: "provided.al2023",
        Handler: "x",
        Role: ROLE,
        Code: { ZipFile: await zipOf({ readme: "nothing" }) },
      }),
    );
    await settled(lambda, "bare");
    const { value, log } = await call(lambda, "bare");
    const reason = "Error: Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]";
    expect(value).toEqual({ errorType: "Runtime.InvalidEntrypoint", errorMessage: expect.stringContaining(reason) });
    expect(log).toContain(`${reason}\nRuntime.InvalidEntrypoint\nEND`);
  });

  it("takes code from a bucket", async () => {
    const s3 = s3Client(local.server);
    await s3.send(new CreateBucketCommand({ Bucket: "deployment" }));
    const Body = await zipOf({ "index.mjs": SHELL_FUNCTION });
    await s3.send(new PutObjectCommand({ Bucket: "deployment", Key: "lambda/f.zip", Body }));
    await createNodeFunction(lambda, "from-bucket", "", { Code: { S3Bucket: "deployment", S3Key: "lambda/f.zip" } });
    expect((await call(lambda, "from-bucket", { sh: "echo yes" })).value.stdout).toBe("yes\n");
    await s3.send(new GetObjectCommand({ Bucket: "deployment", Key: "lambda/f.zip" }));
  });
});
