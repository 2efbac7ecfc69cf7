/** `update --replace`: functions that AWS cannot change in place. */
import { DeleteFunctionCommand, GetFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { GetBucketNotificationConfigurationCommand, HeadObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { crashFile } from "../helpers/crash-command.ts";
import { ImageFunctions } from "../helpers/image-functions.ts";
import { KillingProxy } from "../helpers/killing-proxy.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig, s3Client } from "../helpers/local-clients.ts";
import { type RunResult, runScar } from "../helpers/run.ts";
import { settled, stateFiles } from "../helpers/state-files.ts";
import { documents, Project, s3 } from "./init-project.ts";

let local: TestLocal;
let project: Project;
let lambda: LambdaClient;
let proxy: KillingProxy;

beforeAll(async () => {
  local = await startTestLocal();
  project = await Project.create(local);
  lambda = new LambdaClient(clientConfig(local.server));
  const deployment = { bucket: "packages" };
  crashFile(project, "before.yaml", [{ name: "image", input: s3("kept/in", "left/in"), deployment }]);
  const after = {
    name: "image",
    memory: 320,
    input: s3("kept/in"),
    event_invoke_config: { maximum_retry_attempts: 0 },
  };
  crashFile(project, "after.yaml", [after]);
  await project.ok("init", "-f", "before.yaml");
  await settled(lambda);
  proxy = await KillingProxy.start(local.server.port, new ImageFunctions("image"));
  vi.stubEnv("AWS_ACCESS_KEY_ID", local.server.accessKeyId);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", local.server.secretAccessKey);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await proxy.close();
  await local.stop();
});

/** On an AWS where the function runs from an image. */
const scar = (...argv: readonly string[]): Promise<RunResult> =>
  runScar([...argv, "--endpoint-url", proxy.endpoint], { cwd: project.folder });

const notified = async (Bucket: string) => {
  const found = await s3Client(local.server).send(new GetBucketNotificationConfigurationCommand({ Bucket }));
  return (found.LambdaFunctionConfigurations ?? []).map((c) => c.LambdaFunctionArn?.split(":").at(-1));
};

it("without it, a function that runs from an image is refused before the first write", async () => {
  const before = stateFiles(local.dir);
  const { code, stdout, stderr } = await scar("update", "-f", "after.yaml");
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toContain("Function 'image' runs from a container image: AWS cannot give it a package");
  expect(stderr).toContain("--replace deletes it and makes it again");
  expect(stateFiles(local.dir)).toEqual(before);
});

it("shows its steps: what the file no longer wants goes before the function, which alone tells of it", async () => {
  const before = stateFiles(local.dir);
  const { stdout } = await scar("update", "-f", "after.yaml", "--replace", "--dry-run");
  expect(stdout.trim().split("\n")).toEqual([
    "mark function 'image' as deploying",
    "remove the notifications of bucket 'left'",
    "delete the package at 'packages/lambda/image.zip'",
    "delete function 'image'",
    "create function 'image'",
    "wait until function 'image' is active",
    "let bucket 'kept' invoke function 'image'",
    "configure the asynchronous invocation of function 'image'",
    "mark function 'image' as ready",
  ]);
  expect(stateFiles(local.dir)).toEqual(before);
});

it("deletes it and makes it again, with its triggers; its buckets and its log group stay", async () => {
  const { code, stdout } = await scar("update", "-f", "after.yaml", "--replace", "-j");
  expect(code).toBe(0);
  expect(documents(stdout)).toMatchObject([{ LambdaOutput: { FunctionName: "image", MemorySize: 320 } }]);
  const { Configuration, Tags } = await lambda.send(new GetFunctionCommand({ FunctionName: "image" }));
  expect(Configuration).toMatchObject({ PackageType: "Zip", MemorySize: 320 });
  expect(Tags).toMatchObject({ createdby: "scar", "scar:function": "image", "scar:state": "ready" });
  expect(await notified("kept")).toEqual(["image"]);
  expect(await notified("left")).toEqual([]);
  const packed = new HeadObjectCommand({ Bucket: "packages", Key: "lambda/image.zip" });
  await expect(s3Client(local.server).send(packed)).rejects.toThrow();
  expect(await project.ok("run", "-n", "image", "echo", "runs again")).toContain("runs again");
  project.write("a.txt", "content");
  await project.ok("put", "-b", "kept/in", "-p", "a.txt");
  const log = () => project.ok("log", "-n", "image");
  await expect.poll(log, { timeout: 30_000 }).toContain("counting a.txt");
  expect((await scar("update", "-f", "after.yaml", "--replace")).stdout).toBe("Function 'image': nothing to change.\n");
}, 60_000);

it("goes on where it was cut after the deletion; without it such a function is not found", async () => {
  await lambda.send(new DeleteFunctionCommand({ FunctionName: "image" }));
  const without = await scar("update", "-f", "after.yaml");
  expect(without).toMatchObject({ code: 1, stderr: expect.stringContaining("Unable to find the function 'image'") });
  const { code, stdout, stderr } = await scar("update", "-f", "after.yaml", "--replace");
  expect({ code, stdout }).toEqual({ code: 0, stdout: "Function 'image' successfully updated.\n" });
  expect(stderr).toContain("Function 'image' is not there: --replace makes it.");
  expect(await notified("kept")).toEqual(["image"]);
  expect(await project.ok("update", "-f", "after.yaml")).toBe("Function 'image': nothing to change.\n");
});
