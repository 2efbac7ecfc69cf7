import { existsSync, readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, ExecutionEnvironment, exceptionOf, outputOf, runScript } from "./environment.ts";

let environment: ExecutionEnvironment;
beforeAll(async () => {
  environment = await ExecutionEnvironment.start({
    script: `echo "init of $REQUEST_ID"; echo problem >&2; echo more > /dev/stderr; cat "$INPUT_FILE_PATH"`,
    image: { env: ["PATH=/bin", "FROM_IMAGE=yes"], workingDir: "/srv/work" },
    container: { environment: { Variables: { FROM_FDL: "a b'c" } } },
  });
});
afterAll(() => environment.stop());

describe("a function with an init script", () => {
  it("runs it, both output streams in order, and answers what it wrote", async () => {
    const answer = await environment.invoke({ some: "payload" });
    expect(outputOf(answer)).toBe(`init of ${answer.requestId}\nproblem\nmore\n{"some":"payload"}`);
    expect(answer.response).toMatchObject({
      statusCode: 200,
      isBase64Encoded: true,
      headers: {
        "amz-lambda-request-id": answer.requestId,
        "amz-log-group-name": "/aws/lambda/fn",
        "amz-log-stream-name": "2026/11/21/[$LATEST]0",
      },
    });
    expect(environment.log).toContain(`init of ${answer.requestId}\nproblem\nmore\n`);
  });

  it("runs the event's script in its place", async () => {
    const script = '#!/bin/sh\npwd; echo "$@$#"; [ -t 0 ] || read x || echo end of input';
    expect(outputOf(await environment.invoke(runScript(script)))).toBe("/srv/work\n0\nend of input\n");
  });

  it("runs the event's command, without a shell between", async () => {
    const cmd_args = JSON.stringify(["printf", "%s|", "a b", "$HOME", "*", ""]);
    expect(outputOf(await environment.invoke({ cmd_args }))).toBe("a b|$HOME|*||");
  });

  it("gives the command the whole environment and nothing of the supervisor's", async () => {
    const answer = await environment.invoke(
      runScript('env; touch "/tmp/$REQUEST_ID/output/x" && echo folder is there'),
    );
    const output = outputOf(answer);
    const folder = `/tmp/${answer.requestId}`;
    for (const line of [
      "FROM_IMAGE=yes",
      "FROM_FDL=a b'c",
      `REQUEST_ID=${answer.requestId}`,
      `TMP_INPUT_DIR=${folder}/input`,
      `TMP_OUTPUT_DIR=${folder}/output`,
      "AWS_ACCESS_KEY_ID=AKIDTEST",
      "AWS_SECRET_ACCESS_KEY=secret-of-the-role",
      "folder is there",
    ]) {
      expect(output.split("\n")).toContain(line);
    }
    expect(output).toMatch(/^INSTANCE_IP=[\d.]+$/m);
    expect(output).toMatch(/^EVENT=\{"script":/m);
    expect(output).not.toMatch(/LAMBDA_TASK_ROOT|UDOCKER|NODE_/);
  });
});

describe("a function without a script", () => {
  it("runs the image's own command, and cmd_args as its entrypoint's arguments", async () => {
    const own = await ExecutionEnvironment.start({
      image: { entrypoint: ["/bin/echo", "entry"], cmd: ["own", "command"] },
    });
    try {
      expect(outputOf(await own.invoke({}))).toBe("entry own command\n");
      expect(outputOf(await own.invoke({ cmd_args: '["other"]' }))).toBe("entry other\n");
      expect(outputOf(await own.invoke(runScript("echo script alone")))).toBe("script alone\n");
    } finally {
      own.stop();
    }
  });

  it("says so when the image has no command", async () => {
    const none = await ExecutionEnvironment.start({ image: { cmd: [] } });
    try {
      expect(exceptionOf(await none.invoke({}))).toMatch(/neither an entrypoint nor a command/);
      expect(outputOf(await none.invoke({ cmd_args: '["/bin/echo", "hi"]' }))).toBe("hi\n");
    } finally {
      none.stop();
    }
  });
});

describe("wrong configurations", () => {
  const failure = async (options: Parameters<typeof ExecutionEnvironment.start>[0]): Promise<string> => {
    const wrong = await ExecutionEnvironment.start(options);
    try {
      return exceptionOf(await wrong.invoke({}));
    } finally {
      wrong.stop();
    }
  };

  it.each([
    ["configuration that is no YAML", { configText: "a: [" }, /function_config\.yaml is not YAML/],
    ["image that is not in the package", { container: { image_file: "other:1" } }, /no image other:1/],
    [
      "image of a registry",
      { container: { image_file: null, image: "registry.invalid/grycap/cowsay" } },
      /registry\.invalid\/grycap\/cowsay.*no host of this name/,
    ],
    ["no image", { container: { image_file: null } }, /no image/],
    ["engine that does not exist", { env: { UDOCKER_DEFAULT_EXECUTION_MODE: "Z1" } }, /'Z1' is not an execution mode/],
  ])("%s: a failure that names it", async (_, options, message) => expect(await failure(options)).toMatch(message));
});

describe("between two invocations", () => {
  let first: Answer;
  beforeAll(async () => {
    const leave = "echo mine > /srv/left; echo mine > /tmp/left; mkdir -m 0 $TMP_OUTPUT_DIR/shut; echo $REQUEST_ID";
    first = await environment.invoke(runScript(leave));
  });

  it("no file of the first is left, inside or outside", async () => {
    expect(outputOf(first)).toContain(first.requestId);
    const look = "ls /srv /tmp; cat /srv/left /tmp/left; true";
    expect(outputOf(await environment.invoke(runScript(look)))).not.toMatch(/mine|^left$/m);
    expect(existsSync(`/tmp/${first.requestId}`)).toBe(false);
  });

  it("no variable of the first is left", async () => {
    const second = await environment.invoke(runScript("env"));
    expect(outputOf(second)).not.toContain(first.requestId);
    expect([first.envChanged, second.envChanged]).toEqual([false, false]);
  });

  it("no process, open file or memory is left of many", async () => {
    const pid = environment.pid;
    const open = () => readdirSync(`/proc/${pid}/fd`).length;
    const before = open();
    for (let i = 0; i < 25; i++)
      await environment.invoke(runScript("(sleep 1000 &); echo x > $TMP_OUTPUT_DIR/x; echo y"));
    expect(open()).toBeLessThanOrEqual(before + 1);
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    expect(children).toBe("");
    expect(environment.leftovers()).toEqual([]);
  });

  it("neither the query nor the input file of the one before", async () => {
    const own = await ExecutionEnvironment.start({ script: 'echo "$CONT_VAR_size,$INPUT_FILE_PATH"' });
    try {
      const request = (more: object) => ({ httpMethod: "GET", headers: {}, body: null, ...more });
      const first = await own.invoke({ some: "payload" });
      expect(outputOf(first)).toBe(`,/tmp/${first.requestId}/input/event.json\n`);
      expect(outputOf(await own.invoke(request({ queryStringParameters: { size: "a b" } })))).toBe("a b,\n");
      expect(outputOf(await own.invoke(request({ queryStringParameters: null })))).toBe(",\n");
    } finally {
      own.stop();
    }
  });

  it("the same request may come again, as Lambda's retries do", async () => {
    const again = await environment.invoke(runScript("ls $TMP_OUTPUT_DIR; echo done"), { requestId: first.requestId });
    expect(outputOf(again)).toBe("done\n");
  });
});

describe("the log", () => {
  it("has no secret, even when it tells most", async () => {
    const talking = await ExecutionEnvironment.start({
      script: "echo done",
      config: { log_level: "debug", output: [{ storage_provider: "s3", path: "b/out" }] },
      container: { environment: { Variables: { TOKEN: "hunter2" } } },
      env: { AWS_SESSION_TOKEN: "token-of-the-role", AWS_ENDPOINT_URL: "http://127.0.0.1:1" },
    });
    try {
      expect(outputOf(await talking.invoke({ password: "opensesame" }))).toBe("done\n");
      const event = { Records: [{ eventSource: "aws:s3", s3: { bucket: { name: "b" }, object: { key: "k" } } }] };
      const { error } = await talking.invoke(event, { remainingMs: 3000 });
      expect(error).toMatchObject({ name: "TransferTimedOut" });
      expect(talking.log).toMatch(/DEBUG - a request to S3 is repeated after: .*ECONNREFUSED/);
      expect(talking.log).toContain("'password'");
      expect(talking.log).not.toMatch(/hunter2|opensesame|secret-of-the-role|token-of-the-role/);
    } finally {
      talking.stop();
    }
  });
});
