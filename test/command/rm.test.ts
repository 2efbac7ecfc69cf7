import { CreateFunctionCommand, DeleteFunctionCommand, GetFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  GetBucketNotificationConfigurationCommand,
  ListObjectsV2Command,
  PutBucketNotificationConfigurationCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig, s3Client } from "../helpers/local-clients.ts";
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
});
afterAll(() => local.stop());

const notified = async (bucket: string): Promise<(string | undefined)[]> => {
  const found = await storage.send(new GetBucketNotificationConfigurationCommand({ Bucket: bucket }));
  return (found.LambdaFunctionConfigurations ?? []).map((c) => c.LambdaFunctionArn?.split(":").at(-1));
};

it("removes its own notifications alone, and never files", async () => {
  project.fdl("two.yaml", { name: "one", input: s3("data/1") }, { name: "two", input: s3("data/2") });
  await project.ok("init", "-f", "two.yaml");
  expect(await notified("data")).toEqual(["one", "two"]);
  expect(await project.ok("rm", "-n", "one")).toBe(
    "Log group '/aws/lambda/one' successfully deleted.\n" +
      "Bucket notifications successfully deleted.\n" +
      "Function 'one' successfully deleted.\n",
  );
  expect(await notified("data")).toEqual(["two"]);
  const { Contents } = await storage.send(new ListObjectsV2Command({ Bucket: "data" }));
  expect(Contents!.map((object) => object.Key)).toEqual(["1/", "2/"]);
});

it("removes the others of a file when one is missing, and says which", async () => {
  const { code, stdout, stderr } = await project.scar(["rm", "-f", "two.yaml"]);
  expect(code).toBe(1);
  expect(stdout).toContain("Function 'two' successfully deleted.");
  expect(stderr).toContain("Unable to find the function 'one'");
  expect(await notified("data")).toEqual([]);
});

it("removes what somebody left of a function", async () => {
  project.fdl("half.yaml", { name: "half", input: s3("halves/in") });
  await project.ok("init", "-f", "half.yaml");
  await lambda.send(new DeleteFunctionCommand({ FunctionName: "half" }));
  expect(await project.ok("rm", "-f", "half.yaml")).toBe(
    "Log group '/aws/lambda/half' successfully deleted.\nBucket notifications successfully deleted.\n",
  );
  expect(await notified("halves")).toEqual([]);
});

it("removes a function whose notification is gone", async () => {
  project.fdl("silent.yaml", { name: "silent", input: s3("silent/in") });
  await project.ok("init", "-f", "silent.yaml");
  await storage.send(
    new PutBucketNotificationConfigurationCommand({ Bucket: "silent", NotificationConfiguration: {} }),
  );
  expect(await project.ok("rm", "-n", "silent")).toBe(
    "Log group '/aws/lambda/silent' successfully deleted.\nFunction 'silent' successfully deleted.\n",
  );
});

it("answers in JSON", async () => {
  project.fdl("json.yaml", { name: "json", input: s3("jsons/in") });
  await project.ok("init", "-f", "json.yaml");
  expect(documents(await project.ok("rm", "-n", "json", "-j"))).toEqual([
    { CloudWatchOutput: { RequestId: expect.any(String), HTTPStatusCode: 200 } },
    { LambdaOutput: { RequestId: expect.any(String), HTTPStatusCode: 204 } },
  ]);
});

it("refuses a function that scar did not make", async () => {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: "theirs",
      Role: "arn:aws:iam::000000000000:role/x",
      Runtime: "nodejs20.x",
      Handler: "index.handler",
      Code: { ZipFile: await foreignCode() },
    }),
  );
  const { code, stderr } = await project.scar(["rm", "-n", "theirs"]);
  expect(code).toBe(1);
  expect(stderr).toContain("'theirs' was not created by scar");
  await expect(lambda.send(new GetFunctionCommand({ FunctionName: "theirs" }))).resolves.toBeDefined();
});

it("removes a function of scar's whose environment somebody has emptied", async () => {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: "bare",
      Role: "arn:aws:iam::000000000000:role/x",
      Runtime: "nodejs20.x",
      Handler: "index.handler",
      Code: { ZipFile: await foreignCode() },
      Tags: { createdby: "scar", owner: "AIDAX" },
    }),
  );
  expect(await project.ok("rm", "-n", "bare")).toBe("Function 'bare' successfully deleted.\n");
});

it("tells that there is nothing of that name", async () => {
  const { code, stdout, stderr } = await project.scar(["rm", "-n", "nope"]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toContain("Unable to find the function 'nope'");
});
