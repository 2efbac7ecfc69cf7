import { readFileSync } from "node:fs";
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateFunctionCommand,
  GetFunctionCommand,
  GetFunctionEventInvokeConfigCommand,
  GetPolicyCommand,
  LambdaClient,
} from "@aws-sdk/client-lambda";
import { GetBucketNotificationConfigurationCommand, HeadObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { openGate } from "../helpers/gate.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig, s3Client } from "../helpers/local-clients.ts";
import { type RunResult, runScar } from "../helpers/run.ts";
import { settled, stateFiles } from "../helpers/state-files.ts";
import { documents, foreignCode, Project, s3 } from "./init-project.ts";

let local: TestLocal;
let project: Project;
let storage: S3Client;
let lambda: LambdaClient;

beforeAll(async () => {
  local = await startTestLocal();
  project = await Project.create(local);
  storage = s3Client(local.server);
  lambda = new LambdaClient(clientConfig(local.server));
  project.write("new.sh", '#!/bin/sh\necho "new $GREETING"\n');
  project.fdl("neighbour.yaml", { name: "neighbour", input: s3("old/theirs") });
  project.fdl("before.yaml", {
    name: "grey",
    input: s3("old/in", "both/in"),
    output: s3("old/out"),
    event_invoke_config: { maximum_retry_attempts: 0 },
    deployment: { bucket: "packages" },
  });
  project.fdl("after.yaml", {
    name: "grey",
    init_script: "new.sh",
    memory: 640,
    description: "another",
    container: { image_file: "image.tar", environment: { Variables: { GREETING: "hello" } } },
    input: s3("both/other", "new/in"),
    output: s3("new/out"),
  });
  await project.ok("init", "-f", "neighbour.yaml");
  await project.ok("init", "-f", "before.yaml");
});
afterAll(() => local.stop());

/** What the two files make different, as AWS tells it. */
async function deployed(): Promise<object> {
  const FunctionName = "grey";
  const { Configuration: found, Tags } = await lambda.send(new GetFunctionCommand({ FunctionName }));
  const { Policy = "{}" } = await lambda.send(new GetPolicyCommand({ FunctionName }));
  const events = await lambda
    .send(new GetFunctionEventInvokeConfigCommand({ FunctionName }))
    .then(({ MaximumRetryAttempts }) => MaximumRetryAttempts)
    .catch(() => undefined);
  const statements = (JSON.parse(Policy) as { Statement: { Sid: string }[] }).Statement;
  const triggers = await Promise.all(["old", "both", "new"].map(notified));
  const kept = await storage
    .send(new HeadObjectCommand({ Bucket: "packages", Key: "lambda/grey.zip" }))
    .then(() => true)
    .catch(() => false);
  return {
    code: found?.CodeSha256,
    memory: found?.MemorySize,
    description: found?.Description,
    layers: found?.Layers?.length,
    state: Tags?.["scar:state"],
    events,
    permissions: statements.map(({ Sid }) => Sid).sort(),
    triggers: triggers.flat(),
    package: kept,
  };
}

async function notified(Bucket: string): Promise<string[]> {
  const found = await storage
    .send(new GetBucketNotificationConfigurationCommand({ Bucket }))
    .catch(() => ({ LambdaFunctionConfigurations: [] }));
  return (found.LambdaFunctionConfigurations ?? [])
    .map((c) => `${Bucket}/${c.Filter?.Key?.FilterRules?.[0]?.Value} ${c.LambdaFunctionArn?.split(":").at(-1)}`)
    .sort();
}

it("changes nothing, and says so, when the function is what its file says", async () => {
  await settled(lambda);
  const before = stateFiles(local.dir);
  expect(await project.ok("update", "-f", "before.yaml")).toBe("Function 'grey': nothing to change.\n");
  expect(await project.ok("update", "-f", "before.yaml", "--dry-run")).toBe("There is nothing to change.\n");
  expect(documents(await project.ok("update", "-f", "before.yaml", "--dry-run", "-j"))).toEqual([{ Steps: [] }]);
  expect(stateFiles(local.dir)).toEqual(before);
});

it("changes code, configuration, triggers and permissions in place, and nothing of others", async () => {
  const before = await deployed();
  expect(before).toMatchObject({ events: 0, package: true });
  const state = stateFiles(local.dir);
  const steps = await project.ok("update", "-f", "after.yaml", "--dry-run");
  expect(stateFiles(local.dir)).toEqual(state);
  expect(steps.trim().split("\n")).toEqual([
    "mark function 'grey' as deploying",
    "change the code of function 'grey'",
    "delete the package at 'packages/lambda/grey.zip'",
    "change the configuration of function 'grey'",
    "wait until function 'grey' is active",
    "create bucket 'new' in us-east-1",
    "create folder 'other/' in bucket 'both'",
    "create folder 'in/' in bucket 'new'",
    "create folder 'out/' in bucket 'new'",
    "let bucket 'new' invoke function 'grey'",
    "configure the asynchronous invocation of function 'grey'",
    "set the notifications of bucket 'both'",
    "set the notifications of bucket 'new'",
    "remove the notifications of bucket 'old'",
    "let bucket 'old' no longer invoke function 'grey'",
    "mark function 'grey' as ready",
  ]);
  const [document] = documents(await project.ok("update", "-f", "after.yaml", "-j"));
  expect(document).toEqual({
    LambdaOutput: {
      AccessKey: expect.any(String),
      FunctionArn: expect.stringMatching(/:function:grey$/),
      Timeout: 300,
      MemorySize: 640,
      FunctionName: "grey",
    },
  });
  expect(await deployed()).toMatchObject({
    memory: 640,
    description: "another",
    state: "ready",
    events: undefined,
    permissions: ["scar-s3-both", "scar-s3-new"],
    triggers: ["old/theirs/ neighbour", "both/other/ grey", "new/in/ grey"],
    package: false,
  });
  expect(await project.ok("run", "-n", "grey")).toContain("new hello");
  expect(await project.ok("update", "-f", "after.yaml")).toBe("Function 'grey': nothing to change.\n");
});

it("cut at any write, it is finished by running it again", { timeout: 300_000 }, async () => {
  await project.ok("update", "-f", "after.yaml");
  const wanted = await deployed();
  const gate = await openGate(local.server.endpoint);
  vi.stubEnv("AWS_ACCESS_KEY_ID", local.server.accessKeyId);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", local.server.secretAccessKey);
  // Without --local a role is needed.
  const role = "iam:\n        role: arn:aws:iam::000000000000:role/scar-local";
  const file = readFileSync(project.path("after.yaml"), "utf8");
  project.write("role.yaml", file.replace("    - lambda:", `    - ${role}\n      lambda:`));
  const update = (): Promise<RunResult> =>
    runScar(["update", "-f", "role.yaml", "--endpoint-url", gate.endpoint], { cwd: project.folder });
  let cuts = 0;
  for (let finished = false; !finished; cuts++) {
    await project.ok("update", "-f", "before.yaml");
    gate.clear();
    gate.refuse((_write, count) => count >= cuts);
    finished = (await update()).code === 0;
    gate.refuse(() => false);
    expect(await update()).toMatchObject({ code: 0 });
    expect(await deployed(), `cut after ${cuts} writes`).toEqual(wanted);
  }
  await gate.close();
  vi.unstubAllEnvs();
  // Tags twice, code, package, configuration, events, a permission each way, three notifications; buckets and folders were there.
  expect(cuts).toBe(12);
});

it("refuses what is not there and what is not ours, before the first write", async () => {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: "theirs",
      Role: "arn:aws:iam::000000000000:role/x",
      Runtime: "nodejs20.x",
      Handler: "index.handler",
      Code: { ZipFile: await foreignCode() },
    }),
  );
  await settled(lambda);
  project.fdl("theirs.yaml", { name: "theirs" }, { name: "nobody" }, { name: "grey", memory: 256 });
  const before = stateFiles(local.dir);
  const refused = await project.scar(["update", "-f", "theirs.yaml"]);
  expect(refused).toMatchObject({ code: 1, stdout: "" });
  expect(refused.stderr).toContain("Function 'theirs' was not created by scar, and is left as it is");
  expect(refused.stderr).toContain("Unable to find the function 'nobody'");
  const absent = await project.scar(["update", "-f", "theirs.yaml", "--function", "nobody"]);
  expect(absent.stderr).toContain("'scar init -f FILE' creates it");
  expect(stateFiles(local.dir)).toEqual(before);
});

it("--function updates that one alone; the log group's retention follows the file", async () => {
  project.write(
    "pair.yaml",
    JSON.stringify({
      functions: {
        aws: ["one", "two"].map((name) => ({
          lambda: { name, container: { image_file: "image.tar" }, init_script: "count.sh" },
          cloudwatch: { log_retention_policy_in_days: 7 },
        })),
      },
    }),
  );
  project.fdl("pair-before.yaml", { name: "one" }, { name: "two" });
  await project.ok("init", "-f", "pair-before.yaml");
  expect(await project.ok("update", "-f", "pair.yaml", "--function", "two")).toBe(
    "Function 'two' successfully updated.\n",
  );
  const logs = new CloudWatchLogsClient(clientConfig(local.server));
  const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({}));
  expect(Object.fromEntries(logGroups.map((group) => [group.logGroupName, group.retentionInDays]))).toMatchObject({
    "/aws/lambda/one": 30,
    "/aws/lambda/two": 7,
  });
});
