import {
  CreateFunctionCommand,
  InvokeCommand,
  type LambdaClient,
  PutFunctionConcurrencyCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, createNodeFunction, lambdaClient, ROLE, SHELL_FUNCTION, settled, zipOf } from "../helpers/lambda.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";

let local: TestLocal;
let lambda: LambdaClient;

beforeAll(async () => {
  local = await startTestLocal();
  lambda = lambdaClient(local.server);
});
afterAll(() => local?.stop());

const megabytes = (log: string): number => Number(/Max Memory Used: (\d+) MB/.exec(log)![1]);

describe("/tmp", () => {
  it("has the size that was asked for, refuses more, and is kept between invocations", async () => {
    await createNodeFunction(lambda, "full", SHELL_FUNCTION, { EphemeralStorage: { Size: 640 }, Timeout: 60 });
    const script = "df -m /tmp | awk 'END { print $2 }'; head -c 700m /dev/zero >/tmp/big; stat -c %s /tmp/big";
    const { value, log } = await call(lambda, "full", { sh: script });
    expect(value.stdout).toBe(`640\n${640 * 1024 * 1024}\n`);
    expect(value.stderr).toContain("No space left on device");
    // What lies in /tmp is no memory of the function's, which has 128 MB.
    expect(log).not.toContain("Status: error");
    expect((await call(lambda, "full", { sh: "stat -c %s /tmp/big" })).value.stdout).toBe(`${640 * 1024 * 1024}\n`);
  });
});

describe("memory", () => {
  const HUNGRY = `
    import { spawnSync } from "node:child_process";
    const hold = "const b = Buffer.alloc(process.argv[1] * 1048576, 1); setTimeout(() => b.length, process.argv[2])";
    export const handler = async ({ mb, ms }) => spawnSync(process.execPath, ["-e", hold, mb, ms]).status;`;

  it("is what V8 goes by, as Lambda's runtimes tell it", async () => {
    const source = `
      import { getHeapStatistics } from "node:v8";
      export const handler = async () => [typeof gc, getHeapStatistics().heap_size_limit / 1048576];`;
    await createNodeFunction(lambda, "heap", source, { MemorySize: 256 });
    const [gc, limit] = (await call(lambda, "heap", {})).value;
    expect(gc).toBe("function");
    expect(limit).toBeGreaterThan(230);
    expect(limit).toBeLessThan(290);
  });

  it("above the function's ends it as on Lambda; the next invocation has a new environment", async () => {
    await createNodeFunction(lambda, "hungry", HUNGRY, { MemorySize: 192, Timeout: 30 });
    const { value, error, log, requestId } = await call(lambda, "hungry", { mb: 300, ms: 20_000 });
    expect(error).toBe("Unhandled");
    expect(value).toEqual({
      errorType: "Runtime.OutOfMemory",
      errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: signal: killed`,
    });
    expect(log).toContain(
      `RequestId: ${requestId} Error: Runtime exited with error: signal: killed\nRuntime.OutOfMemory\n`,
    );
    expect(log).toMatch(/Max Memory Used: 192 MB\t.*Status: error\tError Type: Runtime.OutOfMemory\t\n$/);
    expect((await call(lambda, "hungry", { mb: 1, ms: 1 })).value).toBe(0);
  });

  it("of processes that have ended is in the report", async () => {
    await createNodeFunction(lambda, "peak", HUNGRY, { MemorySize: 512, Timeout: 30 });
    expect(megabytes((await call(lambda, "peak", { mb: 1, ms: 1 })).log)).toBeLessThan(180);
    const used = megabytes((await call(lambda, "peak", { mb: 200, ms: 900 })).log);
    expect(used).toBeGreaterThan(220);
    expect(used).toBeLessThan(512);
  });
});

describe("the init phase", () => {
  it.each([
    [
      "exits",
      "process.exit(3);",
      "Runtime.ExitError",
      /^RequestId: \S+ Error: Runtime exited with error: exit status 3$/,
    ],
    [
      "ends",
      "process.exit(0);",
      "Runtime.ExitError",
      /^RequestId: \S+ Error: Runtime exited without providing a reason$/,
    ],
    ["throws", "throw new RangeError('at start');", "RangeError", /^at start$/],
    [
      "misses",
      "import { createRequire } from 'node:module'; createRequire(import.meta.url)('nowhere');",
      "Runtime.ImportModuleError",
      /^Error: Cannot find module 'nowhere'/,
    ],
    ["imports", "import 'nowhere';", "Error", /^Cannot find package 'nowhere'/],
    ["misspells", "export const = 1;", "Runtime.UserCodeSyntaxError", /^SyntaxError: /],
  ])(
    "that fails (%s) is tried again for the invocation, and both are in the log",
    async (what, source, type, message) => {
      const name = `init-${what}`;
      await createNodeFunction(lambda, name, `console.log("at start"); ${source}`);
      const { value, error, log, requestId } = await call(lambda, name);
      expect(error).toBe("Unhandled");
      expect(value).toMatchObject({ errorType: type, errorMessage: expect.stringMatching(message) });
      const lines = log.split("\n").filter((line) => /^(INIT_|START|END|REPORT)/.test(line));
      const reason = `Status: error\tError Type: ${type}`;
      expect(lines).toEqual([
        expect.stringMatching(new RegExp(`^INIT_REPORT Init Duration: [\\d.]+ ms\tPhase: init\t${reason}$`)),
        expect.stringMatching(new RegExp(`^INIT_REPORT Init Duration: [\\d.]+ ms\tPhase: invoke\t${reason}$`)),
        `START RequestId: ${requestId} Version: $LATEST`,
        `END RequestId: ${requestId}`,
        expect.stringMatching(new RegExp(`^REPORT RequestId: ${requestId}\t.*Max Memory Used: \\d+ MB\t${reason}\t$`)),
      ]);
    },
  );

  it("has 10 seconds; then it counts as part of the invocation, with the function's timeout", async () => {
    const slow = "await new Promise((done) => setTimeout(done, 10_300)); export const handler = async () => 'late';";
    const never = "await new Promise((done) => setTimeout(done, 60_000)); export const handler = async () => 1;";
    await Promise.all([
      createNodeFunction(lambda, "init-slow", slow, { Timeout: 30 }),
      createNodeFunction(lambda, "init-never", never, { Timeout: 1 }),
    ]);
    const [late, out] = await Promise.all([call(lambda, "init-slow"), call(lambda, "init-never")]);
    expect(late).toMatchObject({ value: "late", error: undefined });
    expect(late.log).not.toMatch(/REPORT RequestId.*Init Duration/);
    expect(out.value).toEqual({
      errorType: "Sandbox.Timedout",
      errorMessage: `RequestId: ${out.requestId} Error: Task timed out after 1.00 seconds`,
    });
    // A timer may end a millisecond early by the clock that measures.
    expect(out.log).toMatch(/INIT_REPORT Init Duration: (?:9999|1\d{4})\.\d\d ms\tPhase: init\tStatus: timeout\n/);
    expect(out.log).toMatch(/INIT_REPORT Init Duration: (?:999|1\d{3})\.\d\d ms\tPhase: invoke\tStatus: timeout\n/);
    expect(out.log).toMatch(/REPORT RequestId: .*\tDuration: (?:999|1\d{3})\.\d\d ms\t.*Status: timeout\t\n$/);
  });
});

/** A runtime of the test's own: does to the Runtime API what the event says, and answers with what came of it. */
const BOOTSTRAP = `#!/var/lang/bin/node
const http = require("node:http");
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const base = "/2018-06-01/runtime";
const send = (method, path, body, headers = {}, trailers) => new Promise((resolve, reject) => {
  const request = http.request({ host, port, method, path, headers }, (response) => {
    let text = "";
    response.on("data", (chunk) => (text += chunk)).on("end", () => resolve({ status: response.statusCode, headers: response.headers, text }));
  }).on("error", reject);
  if (trailers) { request.write(body); request.addTrailers(trailers); request.end(); } else request.end(body);
});
const post = (id, body, kind = "response") => send("POST", base + "/invocation/" + id + "/" + kind, body);
const told = ({ status, text }) => [status, JSON.parse(text).errorType ?? null];
(async () => {
  let extra;
  for (;;) {
    const { headers, text } = await send("GET", base + "/invocation/next");
    const id = headers["lambda-runtime-aws-request-id"];
    const event = JSON.parse(text);
    if (event.do === "crash") process.exit(7);
    else if (event.do === "sleep") await new Promise(() => setTimeout(() => {}, 60_000));
    else if (event.do === "twice") { await post(id, '"first"'); extra = told(await post(id, '"second"')); continue; }
    else if (event.do === "large") { extra = told(await post(id, JSON.stringify("x".repeat(6_300_000)))); continue; }
    else if (event.do === "stream") {
      const headers = { "Lambda-Runtime-Function-Response-Mode": "streaming", "Transfer-Encoding": "chunked", ...(event.fail && { Trailer: "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body" }) };
      const body = Buffer.from('{"errorType":"Broken","errorMessage":"half way"}').toString("base64");
      await send("POST", base + "/invocation/" + id + "/response", '"streamed"', headers, event.fail ? { "Lambda-Runtime-Function-Error-Type": "Broken", "Lambda-Runtime-Function-Error-Body": body } : {});
      continue;
    }
    let answer = extra;
    if (event.do === "headers") answer = headers;
    if (event.do === "wrong") answer = [told(await post("00000000-0000-0000-0000-000000000000", "1")), told(await post("x", "{}", "error"))];
    if (event.do === "next") answer = told(await send("GET", base + "/invocation/next"));
    if (event.do === "init") answer = told(await send("POST", base + "/init/error", "{}"));
    if (event.do === "others") {
      const paths = [["GET", base + "/restore/next"], ["POST", "/2020-01-01/extension/register"], ["PUT", "/2022-07-01/telemetry"], ["GET", "/nothing"]];
      answer = await Promise.all(paths.map(async ([method, path]) => told(await send(method, path))));
    }
    await post(id, JSON.stringify(answer));
  }
})();
`;

async function createProvided(name: string, bootstrap: string, mode = 0o755): Promise<void> {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Runtime: "provided.al2023",
      Handler: "x",
      Role: ROLE,
      Code: { ZipFile: await zipOf({ bootstrap: { text: bootstrap, mode } }) },
    }),
  );
  await settled(lambda, name);
}

describe("the Runtime API, to a runtime that", () => {
  beforeAll(async () => {
    await createProvided("custom", BOOTSTRAP);
    // Who asks before the runtime does is to wait for this environment (the SDK tries again), and not to get another one.
    await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: "custom", ReservedConcurrentExecutions: 1 }));
  });
  const ask = (what: string, more = {}) => call(lambda, "custom", { do: what, ...more });

  it("reads headers, tells about the invocation", async () => {
    const ClientContext = Buffer.from('{ "client": { "app": "ü" } }').toString("base64");
    const { Payload } = await lambda.send(
      new InvokeCommand({ FunctionName: "custom", Payload: '{"do":"headers"}', ClientContext }),
    );
    const headers = JSON.parse(Buffer.from(Payload!).toString()) as Record<string, string>;
    expect(headers).toMatchObject({
      "content-type": "application/json",
      "lambda-runtime-aws-request-id": expect.stringMatching(/^[0-9a-f-]{36}$/),
      "lambda-runtime-invoked-function-arn": expect.stringMatching(/:function:custom$/),
      "lambda-runtime-trace-id": expect.stringContaining("Root=1-"),
    });
    const left = Number(headers["lambda-runtime-deadline-ms"]) - Date.now();
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(3000);
    expect(JSON.parse(headers["lambda-runtime-client-context"]!)).toEqual({
      client: { app: "ü" },
    });
  });

  it("answers twice, answers once", async () => {
    expect((await ask("twice")).value).toBe("first");
    expect((await ask("tell")).value).toEqual([403, "InvalidStateTransition"]);
  });

  it("answers for another request, says so", async () => {
    expect((await ask("wrong")).value).toEqual([
      [400, "InvalidRequestID"],
      [400, "InvalidRequestID"],
    ]);
  });

  it("asks for more before it has answered, refuses", async () => {
    expect((await ask("next")).value).toEqual([403, "InvalidStateTransition"]);
  });

  it("fails to start when it has started, refuses", async () => {
    expect((await ask("init")).value).toEqual([403, "InvalidStateTransition"]);
  });

  it("posts more than 6 MB, says so to it and to the caller", async () => {
    const { value, error } = await ask("large");
    expect(error).toBe("Unhandled");
    expect(value).toEqual({
      errorType: "Function.ResponseSizeTooLarge",
      errorMessage: "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    });
    expect((await ask("tell")).value).toEqual([413, "RequestEntityTooLarge"]);
  });

  it("streams its answer, gives the whole of it to the caller, and the error at its end", async () => {
    expect(await ask("stream")).toMatchObject({ value: "streamed", error: undefined });
    expect(await ask("stream", { fail: true })).toMatchObject({
      value: { errorType: "Broken", errorMessage: "half way" },
      error: "Unhandled",
    });
  });

  it("wants what is not served, names it", async () => {
    const [restore, extension, telemetry, nothing] = (await ask("others")).value as unknown[];
    expect([restore, extension, telemetry]).toEqual(Array(3).fill([501, "NotImplemented"]));
    expect(nothing).toEqual([404, "NotFound"]);
  });

  it("crashes or never answers, ends the environment and serves the next one", async () => {
    const crashed = await ask("crash");
    expect(crashed.value).toEqual({
      errorType: "Runtime.ExitError",
      errorMessage: `RequestId: ${crashed.requestId} Error: Runtime exited with error: exit status 7`,
    });
    expect(crashed.log).toMatch(/Status: error\tError Type: Runtime.ExitError\t\n$/);
    expect((await ask("sleep")).value).toMatchObject({ errorType: "Sandbox.Timedout" });
    expect((await ask("twice")).value).toBe("first");
  });
});

describe("a bootstrap that", () => {
  it("may not be run is named", async () => {
    await createProvided("not-executable", "#!/bin/sh\n", 0o644);
    const { value } = await call(lambda, "not-executable");
    expect(value).toMatchObject({
      errorType: "Runtime.InvalidEntrypoint",
      errorMessage: expect.stringContaining("fork/exec /var/task/bootstrap: permission denied"),
    });
  });
});

it("sets the variables of the loader and of Node's modules as Lambda does", async () => {
  await createNodeFunction(
    lambda,
    "variables",
    "export const handler = async () => [process.env.LD_LIBRARY_PATH, process.env.NODE_PATH, process.env._X_AMZN_TRACE_ID];",
  );
  expect((await call(lambda, "variables")).value).toEqual([
    expect.stringMatching(/:\/var\/task\/lib:\/opt\/lib$/),
    expect.stringMatching(/^\/opt\/nodejs\/node24\/node_modules:\/opt\/nodejs\/node_modules:/),
    expect.stringMatching(/^Root=1-/),
  ]);
});
