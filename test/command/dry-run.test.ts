import { LambdaClient, UpdateFunctionConfigurationCommand } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig } from "../helpers/local-clients.ts";
import { settled, stateFiles } from "../helpers/state-files.ts";
import { documents, Project, s3 } from "./init-project.ts";

let local: TestLocal;
let project: Project;

beforeAll(async () => {
  local = await startTestLocal();
  project = await Project.create(local);
});
afterAll(() => local.stop());

const SECRET = "not-for-anyones-eyes";

it("init prints the steps in order, and writes nothing", async () => {
  project.fdl("dry.yaml", {
    name: "dry",
    input: s3("photos/in"),
    output: s3("photos/out"),
    environment: { Variables: { TOKEN: SECRET } },
    event_invoke_config: { maximum_retry_attempts: 0 },
  });
  const before = stateFiles(local.dir);
  const text = await project.ok("init", "-f", "dry.yaml", "--dry-run");
  expect(text.replace(/' \d\S+/, "' V").split("\n")).toEqual([
    "publish layer 'scar-supervisor' V",
    "create function 'dry'",
    "wait until function 'dry' is active",
    "create log group '/aws/lambda/dry'",
    "create bucket 'photos' in us-east-1",
    "create folder 'in/' in bucket 'photos'",
    "create folder 'out/' in bucket 'photos'",
    "let bucket 'photos' invoke function 'dry'",
    "configure the asynchronous invocation of function 'dry'",
    "set the notifications of bucket 'photos'",
    "mark function 'dry' as ready",
    "",
  ]);
  const json = await project.ok("init", "-f", "dry.yaml", "--dry-run", "-j");
  expect(stateFiles(local.dir)).toEqual(before);
  expect(json + text).not.toContain(SECRET);
  const [document, ...more] = documents(json) as [{ Steps: { Kind: string }[] }];
  expect(more).toEqual([]);
  expect(document.Steps).toHaveLength(11);
  expect(document.Steps[1]).toMatchObject({
    Kind: "create-function",
    FunctionName: "dry",
    EnvironmentNames: expect.arrayContaining(["TOKEN", "FDL"]),
    Code: { ZipSize: expect.any(Number) },
  });
});

it("init does what it said, and then refuses in the dry what it would refuse", async () => {
  await project.ok("init", "-f", "dry.yaml");
  await settled(new LambdaClient(clientConfig(local.server)));
  const before = stateFiles(local.dir);
  const again = await project.scar(["init", "-f", "dry.yaml", "--dry-run"]);
  expect(again).toMatchObject({ code: 1, stdout: "" });
  expect(again.stderr).toContain("Function 'dry' already exists");
  project.fdl("clash.yaml", { name: "clash", input: s3("photos/in/deeper") });
  const clash = await project.scar(["init", "-f", "clash.yaml", "--dry-run"]);
  expect(clash).toMatchObject({ code: 1, stdout: "" });
  expect(clash.stderr).toContain("already notifies");
  expect(stateFiles(local.dir)).toEqual(before);
});

it("rm prints the steps and removes nothing", async () => {
  const before = stateFiles(local.dir);
  const steps = [
    "remove the notifications of bucket 'photos'",
    "delete function 'dry'",
    "delete log group '/aws/lambda/dry'",
  ];
  expect(await project.ok("rm", "-n", "dry", "--dry-run")).toBe(`${steps.join("\n")}\n`);
  expect(await project.ok("rm", "-a", "--dry-run")).toBe(`${steps.join("\n")}\n`);
  expect(documents(await project.ok("rm", "-f", "dry.yaml", "--dry-run", "-j"))).toEqual([
    {
      Steps: [
        {
          Kind: "change-notifications",
          Bucket: "photos",
          FunctionArns: [expect.stringMatching(/:function:dry$/)],
          Triggers: [],
        },
        { Kind: "delete-function", FunctionName: "dry" },
        { Kind: "delete-log-group", LogGroupName: "/aws/lambda/dry" },
      ],
    },
  ]);
  expect(stateFiles(local.dir)).toEqual(before);
});

it("rm says in the dry what is missing and what it would refuse", async () => {
  const missing = await project.scar(["rm", "-n", "nobody", "--dry-run"]);
  expect(missing).toMatchObject({ code: 1, stdout: "" });
  expect(missing.stderr).toContain("Unable to find the function 'nobody'");
  const lambda = new LambdaClient(clientConfig(local.server));
  await lambda.send(
    new UpdateFunctionConfigurationCommand({
      FunctionName: "dry",
      Environment: { Variables: { FDL: Buffer.from('{"execution_mode":"batch"}').toString("base64") } },
    }),
  );
  const refused = await project.scar(["rm", "-n", "dry", "--dry-run"]);
  expect(refused).toMatchObject({ code: 1, stdout: "" });
  expect(refused.stderr).toContain("rm of function 'dry' with its AWS Batch resources: not supported yet");
});
