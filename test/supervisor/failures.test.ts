import { existsSync, readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ExecutionEnvironment, exceptionOf, outputOf, runScript } from "./environment.ts";

let environment: ExecutionEnvironment;
beforeAll(async () => {
  environment = await ExecutionEnvironment.start();
});
afterAll(async () => {
  environment.stop();
  (await showing)?.stop();
});

let showing: Promise<ExecutionEnvironment> | undefined;
/** A function that shows its input file. */
function ownFiles(): Promise<ExecutionEnvironment> {
  showing ??= ExecutionEnvironment.start({ script: 'cd "$TMP_INPUT_DIR"; ls; cat "$INPUT_FILE_PATH"' });
  return showing;
}

/** Processes, zombies aside, whose command line holds the text. */
function running(text: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, "latin1").includes(text);
    } catch {
      return false;
    }
  });
}

/** Of a sleep that nobody else sleeps. */
const nap = (): string => `4${Math.floor(Math.random() * 1e8)}`;

describe("a command that fails", () => {
  it("is a 500 answer with its exit code and last output, without a stack", async () => {
    const exception = exceptionOf(await environment.invoke(runScript("echo before; nothing-like-this; exit 42")));
    expect(exception).toMatch(/exit code 42/);
    expect(exception).toMatch(/before\n.*nothing-like-this/s);
    expect(exception).not.toMatch(/\.mjs|\n\s+at /);
  });

  it("by a signal names the signal", async () => {
    expect(exceptionOf(await environment.invoke(runScript("sh -c 'kill -9 $$'")))).toMatch(/exit code 137 \(SIGKILL\)/);
  });

  it("by being unknown is told", async () => {
    expect(exceptionOf(await environment.invoke({ cmd_args: '["no-such-program"]' }))).toMatch(/no-such-program/);
  });

  it.each([
    ["S3", { Records: [{ eventSource: "aws:s3" }] }],
    ["a queue", { Records: [{ eventSource: "aws:sqs", body: "hello" }] }],
    ["EventBridge", { source: "aws.ec2", "detail-type": "x", detail: {} }],
  ])("for an event of %s is a failed invocation, with its last output and without a stack", async (_, event) => {
    const { error } = await environment.invoke({ ...event, ...runScript("echo before; exit 3") });
    expect(error).toMatchObject({
      name: "CommandFailed",
      message: expect.stringMatching(/exit code 3\nlast output:\nbefore$/),
    });
    expect(error!.stack).not.toMatch(/\n\s+at /);
  });
});

describe("an environment that cannot be made", () => {
  it("fails an event's invocation, answers a direct one, and is tried again by the next", async () => {
    const broken = await ExecutionEnvironment.start({ container: { image_file: "other:1" } });
    try {
      const event = { Records: [{ eventSource: "aws:sqs", body: "hello" }] };
      for (const _ of [1, 2]) {
        const { error } = await broken.invoke(event);
        expect(error).toMatchObject({ name: "PackedImageNotFound", message: expect.stringContaining("other:1") });
      }
      expect(exceptionOf(await broken.invoke({}))).toContain("other:1");
      expect(broken.log.match(/ERROR - there is no image other:1/g)).toHaveLength(3);
    } finally {
      broken.stop();
    }
  });
});

describe("an event that nobody can make sense of", () => {
  it.each([
    ["a list", [1, { a: null }], "a list of 2"],
    ["a number", 5, "a number"],
    ["null", null, "null"],
    ["keys of SCAR's own", { event_type: "x", event: "y" }, "an object with 'event_type', 'event'"],
  ])("is a file and explained: %s", async (_, payload, words) => {
    const own = await ownFiles();
    const before = own.log.length;
    expect(outputOf(await own.invoke(payload))).toBe(`event.json\n${JSON.stringify(payload)}`);
    expect(own.log.slice(before)).toContain(`INFO - the event is ${words}, and none that SCAR knows`);
  });

  it("is a file and a warning where S3's record lacks what is needed", async () => {
    const own = await ownFiles();
    const event = { Records: [{ eventSource: "aws:s3", s3: { bucket: {} } }] };
    expect(outputOf(await own.invoke(event))).toBe(`event.json\n${JSON.stringify(event)}`);
    expect(own.log).toContain("WARNING - Records[0] says that it is of S3, but s3.bucket.name is missing");
  });

  it("runs nothing when S3 only tries its notification", async () => {
    const own = await ownFiles();
    expect(outputOf(await own.invoke({ Service: "Amazon S3", Event: "s3:TestEvent", Bucket: "b" }))).toBe("");
    expect(own.log).toContain("s3:TestEvent");
  });
});

describe("the deadline", () => {
  it("ends the command and all that it started, and the next invocation works", async () => {
    const [front, back, daemon] = [nap(), nap(), nap()];
    const script = `echo started; setsid sleep ${daemon} & sleep ${back} & sleep ${front}`;
    const started = Date.now();
    const answer = await environment.invoke(runScript(script), { remainingMs: 2500 });
    expect(exceptionOf(answer)).toMatch(/killed at its deadline[\s\S]*started/);
    expect(Date.now() - started).toBeGreaterThan(1000);
    expect([front, back, daemon].flatMap(running)).toEqual([]);
    expect(existsSync(`/tmp/${answer.requestId}`)).toBe(false);
    expect(outputOf(await environment.invoke(runScript("echo well")))).toBe("well\n");
  });

  it("that has passed already is told with its numbers, and nothing runs", async () => {
    const exception = exceptionOf(await environment.invoke(runScript("echo ran"), { remainingMs: 900 }));
    expect(exception).toMatch(/0\.[89] s are left and timeout_threshold keeps 1 s back/);
    expect(exception).not.toContain("ran");
  });
});

describe("a daemon", () => {
  it.each([
    ["in the background", (n: string) => `sleep ${n} &`],
    ["in a session of its own", (n: string) => `setsid sleep ${n} &`],
    [
      "with no environment and output of its own",
      (n: string) => `cd /; env -i /bin/setsid /bin/sleep ${n} > /dev/null 2>&1 &`,
    ],
  ])("%s neither delays the answer nor outlives it", async (_, start) => {
    const sleeper = nap();
    expect(outputOf(await environment.invoke(runScript(`${start(sleeper)} echo done`)))).toBe("done\n");
    expect(running(sleeper)).toEqual([]);
  });
});

describe("much output", () => {
  it("is whole in the log, and cut with a note in the answer", async () => {
    const before = environment.log.length;
    const answer = await environment.invoke(
      runScript("echo first; head -c 20000000 /dev/zero | tr '\\0' x; echo; echo last"),
    );
    const output = outputOf(answer);
    expect(output).toMatch(/^first\nx+\n\[scar: \d+ bytes of output left out here.*\]\nx+\nlast\n$/s);
    expect(JSON.stringify(answer.response).length).toBeLessThan(6 * 1024 * 1024);
    expect(environment.log.length - before).toBeGreaterThan(20_000_000);
  });

  it("that is no text arrives byte by byte", async () => {
    const { response } = await environment.invoke(runScript("printf '\\377\\000\\001'"));
    expect(Buffer.from(response!.body, "base64")).toEqual(Buffer.from([255, 0, 1]));
  });
});

it("nothing of them all is left in /tmp", () => {
  expect(environment.leftovers()).toEqual([]);
});
