import { mkdirSync, writeFileSync } from "node:fs";
import { PutFunctionConcurrencyCommand, PutFunctionEventInvokeConfigCommand } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { awaitOutcomes } from "../../src/providers/aws/await-outcomes.ts";
import { awsClients } from "../../src/providers/aws/clients.ts";
import { Outcomes } from "../../src/providers/aws/outcomes.ts";
import { createNodeFunction, lambdaClient } from "../helpers/lambda.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { documents, Project, s3 } from "./init-project.ts";

/** Does what the name of its file says. */
const ACTOR = `
const seen = new Set();
export const handler = async ({ Records: [{ s3 }] }) => {
  const { key } = s3.object;
  const again = seen.has(key);
  seen.add(key);
  if (key.endsWith("throws")) throw new Error("no such colour");
  if (key.endsWith("second-time") && !again) throw new Error("not yet");
  if (key.endsWith("exits")) process.exit(3);
  if (key.endsWith("hangs")) await new Promise(() => setInterval(() => {}, 1000));
  console.log("done with " + key);
};
`;

let local: TestLocal;
let project: Project;

beforeAll(async () => {
  local = await startTestLocal({ behaviour: "time-scale=0.005" });
  project = await Project.create(local);
});
afterAll(() => local.stop());

/** Makes the function, and its files in a folder of its name. */
async function actor(name: string, files: readonly string[], retries: number): Promise<void> {
  const lambda = lambdaClient(local.server);
  await createNodeFunction(lambda, name, ACTOR, { Timeout: 2 });
  const config = { FunctionName: name, MaximumRetryAttempts: retries };
  await lambda.send(new PutFunctionEventInvokeConfigCommand(config));
  // One environment, which remembers what it has seen.
  await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: name, ReservedConcurrentExecutions: 1 }));
  mkdirSync(project.path(name));
  for (const file of files) writeFileSync(project.path(`${name}/${file}`), file);
  await project.ok("put", "-b", `data/${name}`, "-p", name);
}

const over = (name: string, ...more: string[]) => ["run", "-n", name, "-ib", `data/${name}`, ...more];

describe("run --wait", () => {
  it("names each file that failed and why, in every way that Lambda fails", async () => {
    await actor("fails", ["1-works", "2-throws", "3-exits", "4-hangs", "5-works"], 0);
    const { code, stdout, stderr } = await project.scar(over("fails", "--wait"));
    expect(code).toBe(1);
    expect(stdout.match(/^Sending event for file /gm)).toHaveLength(5);
    expect(stderr).toMatch(/^ {2}failed: 'fails\/2-throws' \(request [0-9a-f-]{36}\): Error: no such colour$/m);
    expect(stderr).toMatch(/^ {2}failed: 'fails\/3-exits' \(request .*\): .*exit/m);
    expect(stderr).toMatch(/^ {2}failed: 'fails\/4-hangs' \(request .*\): Task timed out after 2\.00 seconds$/m);
    expect(stderr).toContain("Function 'fails': 5 files, 2 succeeded, 3 failed.\n");
    expect(stderr).toContain("scar: Function 'fails': 3 of 5 files did not succeed\n");
  }, 60_000);

  it("sums up in a last document, with nothing but the error on stderr", async () => {
    const { code, stdout, stderr } = await project.scar(over("fails", "--wait", "-j", "-a"));
    expect(code).toBe(1);
    expect(documents(stdout).at(-1)).toMatchObject({
      RunOutput: {
        FunctionName: "fails",
        Files: 5,
        Succeeded: 2,
        Failed: 3,
        Unknown: 0,
        Failures: expect.arrayContaining([
          {
            Bucket: "data",
            Key: "fails/2-throws",
            RequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
            Status: "Failed",
            Reason: "Error: no such colour",
          },
        ]),
      },
    });
    expect(documents(stderr)).toMatchObject([{ Error: { Code: "FilesFailed" } }]);
  }, 60_000);

  it("waits for Lambda's own further attempts", async () => {
    await actor("retried", ["1-works", "2-second-time", "3-throws"], 1);
    const { code, stderr } = await project.scar(over("retried", "--wait"));
    expect(code).toBe(1);
    expect(stderr).toContain("Function 'retried': 3 files, 2 succeeded, 1 failed.\n");
    const log = await project.ok("log", "-n", "retried");
    expect(log.match(/ERROR\tInvoke Error.*no such colour/g)).toHaveLength(2);
  }, 60_000);

  it("runs what failed once more with --retry-failed", async () => {
    await actor("again", ["1-works", "2-second-time"], 0);
    const { code, stdout, stderr } = await project.scar(over("again", "--wait", "--retry-failed"));
    expect(stderr).toContain("Running the file that failed once more …\n");
    expect(stderr).toContain("Function 'again': 2 files, 2 succeeded, 0 failed.\n");
    expect(stdout.match(/again\/2-second-time'$/gm)).toHaveLength(2);
    expect(code).toBe(0);
  }, 60_000);

  it("sees what a function of ours failed with", async () => {
    project.write("picky.sh", '#!/bin/sh\ncase "$INPUT_FILE_PATH" in *bad) echo "I do not like it"; exit 3;; esac\n');
    project.fdl("picky.yaml", {
      name: "picky",
      init_script: "picky.sh",
      input: s3("data/picky"),
      event_invoke_config: { maximum_retry_attempts: 0 },
    });
    await project.ok("init", "-f", "picky.yaml");
    mkdirSync(project.path("picky"));
    for (const file of ["1-good", "2-bad", "3-good"]) writeFileSync(project.path(`picky/${file}`), file);
    await project.ok("put", "-b", "data/picky", "-p", "picky");
    const { code, stderr } = await project.scar(["run", "-f", "picky.yaml", "--wait"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^ {2}failed: 'picky\/2-bad' \(request .*\): the command ended with exit code 3$/m);
    expect(stderr).toContain("Function 'picky': 3 files, 2 succeeded, 1 failed.\n");
  }, 90_000);

  it("Ctrl-C ends the waiting, not the runs, and says how many are left", async () => {
    await actor("left", ["1-works", "2-hangs", "3-hangs"], 2);
    const control = new AbortController();
    const running = project.scar(over("left", "--wait", "-a"), { signal: control.signal });
    const log = () => project.ok("log", "-n", "left");
    await expect.poll(log, { timeout: 20_000 }).toContain("Task timed out");
    control.abort();
    const { code, stderr } = await running;
    expect(code).toBe(130);
    expect(stderr).toMatch(/^Function 'left': 3 files, .* [23] sent and not waited for\.$/m);
  }, 60_000);

  it("gives up on what the log never tells of", async () => {
    const { endpoint, region, accessKeyId, secretAccessKey } = local.server;
    const clients = awsClients({ endpoint, region, credentials: { accessKeyId, secretAccessKey } });
    const outcomes = new Outcomes<string>(0);
    outcomes.expect("00000000-0000-4000-8000-000000000001", "lost");
    const patience = { silence: 1, longest: 1_000_000 };
    const request = { functionName: "fails", patience, since: Date.now(), signal: new AbortController().signal };
    const ended = [];
    for await (const one of awaitOutcomes(clients, outcomes, request)) ended.push(one);
    clients.close();
    expect(ended).toEqual([]);
    expect(outcomes.giveUp()).toMatchObject([{ item: "lost", before: undefined }]);
  });

  it.each([
    [["--retry-failed"], "--retry-failed: only --wait tells"],
    [["--wait", "--no-files"], "with --no-files the function is run once"],
    [["--wait", "echo", "x"], "with a command the function is run once"],
  ])("refuses %s", async (more, message) => {
    const { code, stderr } = await project.scar(over("fails", ...more));
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
  });
});

it("what AWS does not take stops no other file, and counts as failed", async () => {
  await actor("gone", ["1", "2", "3"], 0);
  const { code, stdout, stderr } = await project.scar([...over("no-such-function"), "-a", "-ib", "data/gone"]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr.match(/^ {2}failed: 'gone\/\d': Unable to find the function 'no-such-function'$/gm)).toHaveLength(3);
  expect(stderr).toContain("3 files, 0 sent, 3 failed.\n");
});

it("stops when many in a row are not taken", async () => {
  mkdirSync(project.path("many"));
  for (let n = 0; n < 200; n++) writeFileSync(project.path(`many/${n}`), "");
  await project.ok("put", "-b", "data/many", "-p", "many");
  const { code, stderr } = await project.scar(["run", "-n", "nobody", "-ib", "data/many", "-a"]);
  expect(code).toBe(1);
  expect(stderr).toContain("32 files in a row could not be sent");
  expect(stderr.match(/^ {2}failed: /gm)!.length).toBeLessThan(100);
}, 60_000);
