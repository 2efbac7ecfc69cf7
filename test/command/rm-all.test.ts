import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  LambdaClient,
  ListFunctionsCommand,
  TagResourceCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { GetBucketNotificationConfigurationCommand, type S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { openGate } from "../helpers/gate.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig, s3Client } from "../helpers/local-clients.ts";
import { runScar } from "../helpers/run.ts";
import { settled, stateFiles } from "../helpers/state-files.ts";
import { foreignCode, Project, s3 } from "./init-project.ts";

let local: TestLocal;
let project: Project;
let storage: S3Client;
let lambda: LambdaClient;

beforeAll(async () => {
  local = await startTestLocal();
  project = await Project.create(local);
  storage = s3Client(local.server);
  lambda = new LambdaClient(clientConfig(local.server));
});
afterAll(() => local.stop());

const names = async (): Promise<(string | undefined)[]> =>
  ((await lambda.send(new ListFunctionsCommand({}))).Functions ?? []).map((f) => f.FunctionName).sort();

it("says so when there is nothing of one's own", async () => {
  const { code, stdout } = await project.scar(["rm", "-a", "--yes"]);
  expect({ code, stdout }).toEqual({ code: 0, stdout: "There are no functions of yours in region 'us-east-1'.\n" });
  expect(await project.ok("rm", "-a", "--dry-run", "-j")).toBe('{"Steps":[]}\n');
});

it("asks, naming how many and which; without a terminal it needs --yes", async () => {
  project.fdl("all.yaml", { name: "one", input: s3("data/1") }, { name: "two", input: s3("data/2") });
  await project.ok("init", "-f", "all.yaml");
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: "theirs",
      Role: "arn:aws:iam::000000000000:role/x",
      Runtime: "nodejs20.x",
      Handler: "index.handler",
      Code: { ZipFile: await foreignCode() },
    }),
  );
  const created = await lambda.send(
    new CreateFunctionCommand({
      FunctionName: "colleagues",
      Role: "arn:aws:iam::000000000000:role/x",
      Runtime: "nodejs20.x",
      Handler: "index.handler",
      Code: { ZipFile: await foreignCode() },
    }),
  );
  await lambda.send(
    new TagResourceCommand({ Resource: created.FunctionArn, Tags: { createdby: "scar", owner: "somebody" } }),
  );
  await settled(lambda);
  const before = stateFiles(local.dir);
  const question = "Delete 2 functions in region 'us-east-1' ('one', 'two')?";
  const mute = await project.scar(["rm", "-a"]);
  expect(mute).toMatchObject({ code: 2, stdout: "" });
  expect(mute.stderr).toContain(question);
  expect(mute.stderr).toContain("--yes answers yes");
  const declined = await project.scar(["rm", "-a"], { tty: true, stdin: "\n" });
  expect(declined).toMatchObject({ code: 0, stdout: "" });
  expect(declined.stderr).toContain(`${question} [y/N]`);
  expect(declined.stderr).toContain("Nothing was deleted.");
  expect(stateFiles(local.dir)).toEqual(before);
});

it("refuses before the first write when one has parts that it does not know how to remove", async () => {
  project.fdl("api.yaml", { name: "web" }, { name: "job" });
  await project.ok("init", "-f", "api.yaml");
  for (const [FunctionName, variables] of [
    ["web", { FDL: Buffer.from('{"runtime":"image"}').toString("base64") }],
    ["job", { FDL: Buffer.from('{"execution_mode":"batch"}').toString("base64") }],
  ] as const) {
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables: variables } }));
  }
  await settled(lambda);
  const before = stateFiles(local.dir);
  const refused = await project.scar(["rm", "-a", "--yes"]);
  expect(refused).toMatchObject({ code: 1, stdout: "" });
  expect(refused.stderr).toContain("rm of function 'web' with its ECR repository: not supported yet");
  expect(refused.stderr).toContain("rm of function 'job' with its AWS Batch resources: not supported yet");
  expect(stateFiles(local.dir)).toEqual(before);
  for (const FunctionName of ["web", "job"]) await lambda.send(new DeleteFunctionCommand({ FunctionName }));
});

it("removes all of one's own, what a cut removal left too, and nothing of others", async () => {
  const output = await project.ok("rm", "-a", "--yes");
  expect(output.split("\n").filter((line) => line.startsWith("Function"))).toEqual([
    "Function 'one' successfully deleted.",
    "Function 'two' successfully deleted.",
  ]);
  expect(output).toContain("Log group '/aws/lambda/web' successfully deleted.");
  expect(await names()).toEqual(["colleagues", "theirs"]);
  const logs = new CloudWatchLogsClient(clientConfig(local.server));
  expect((await logs.send(new DescribeLogGroupsCommand({}))).logGroups).toEqual([]);
  const found = await storage.send(new GetBucketNotificationConfigurationCommand({ Bucket: "data" }));
  expect(found.LambdaFunctionConfigurations).toBeUndefined();
});

it("goes on past one that fails, says which, and finishes when run again", async () => {
  project.fdl("some.yaml", { name: "aa" }, { name: "bb" }, { name: "cc" });
  await project.ok("init", "-f", "some.yaml");
  const gate = await openGate(local.server.endpoint);
  // The SDK's own chain finds them.
  vi.stubEnv("AWS_ACCESS_KEY_ID", local.server.accessKeyId);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", local.server.secretAccessKey);
  const argv = ["rm", "-a", "--yes", "--endpoint-url", gate.endpoint];
  gate.refuse((write) => write.startsWith("DELETE ") && write.endsWith("/functions/bb"));
  const first = await runScar(argv);
  expect(first.code).toBe(1);
  expect(first.stderr).toContain("function 'bb' was not wholly removed: not today");
  expect(first.stderr).not.toContain("function 'aa' was not");
  // Its log group stays with it.
  expect(first.stdout).not.toContain("/aws/lambda/bb");
  expect(await names()).toEqual(["bb", "colleagues", "theirs"]);
  gate.refuse(() => false);
  const second = await runScar(argv);
  await gate.close();
  vi.unstubAllEnvs();
  expect(second.code).toBe(0);
  expect(await names()).toEqual(["colleagues", "theirs"]);
});
