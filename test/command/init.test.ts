import { readFileSync } from "node:fs";
import { CloudWatchLogsClient, CreateLogGroupCommand, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  GetFunctionCommand,
  GetPolicyCommand,
  LambdaClient,
  ListLayerVersionsCommand,
  TagResourceCommand,
} from "@aws-sdk/client-lambda";
import {
  CreateBucketCommand,
  GetBucketNotificationConfigurationCommand,
  ListObjectsV2Command,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig, s3Client } from "../helpers/local-clients.ts";
import { documents, Project, s3 } from "./init-project.ts";

let local: TestLocal;
let project: Project;
let lambda: LambdaClient;
let logs: CloudWatchLogsClient;
let storage: ReturnType<typeof s3Client>;

beforeAll(async () => {
  local = await startTestLocal();
  project = await Project.create(local);
  lambda = new LambdaClient(clientConfig(local.server));
  logs = new CloudWatchLogsClient(clientConfig(local.server));
  storage = s3Client(local.server);
});
afterAll(() => local.stop());

const buckets = async (bucket: string) =>
  (await storage.send(new ListObjectsV2Command({ Bucket: bucket }))).Contents?.map((object) => object.Key);

describe("init -f", () => {
  it("makes function, log group, buckets, folders, permission and notification", async () => {
    const file = project.fdl("grey.yaml", {
      name: "grey",
      memory: 1024,
      timeout: 30,
      input: s3("photos/in"),
      output: s3("photos/out"),
    });
    const { code, stdout } = await project.scar(["init", "-f", file]);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: "Function 'grey' successfully created.\nLog group '/aws/lambda/grey' successfully created.\n",
    });
    const { Configuration, Tags } = await lambda.send(new GetFunctionCommand({ FunctionName: "grey" }));
    expect(Configuration).toMatchObject({
      Handler: "grey.lambda_handler",
      Runtime: "nodejs24.x",
      MemorySize: 1024,
      Timeout: 30,
      State: "Active",
      Environment: { Variables: { IMAGE_ID: "tools:1", UDOCKER_REPOS: "/var/task/udocker/repos/" } },
    });
    expect(Tags).toMatchObject({ createdby: "scar", "scar:function": "grey", "scar:state": "ready" });
    expect(await buckets("photos")).toEqual(["in/", "out/"]);
    const { LambdaFunctionConfigurations } = await storage.send(
      new GetBucketNotificationConfigurationCommand({ Bucket: "photos" }),
    );
    expect(LambdaFunctionConfigurations).toMatchObject([
      { LambdaFunctionArn: Configuration!.FunctionArn, Events: ["s3:ObjectCreated:*"] },
    ]);
    const { Policy } = await lambda.send(new GetPolicyCommand({ FunctionName: "grey" }));
    expect(Policy).toContain("arn:aws:s3:::photos");
    expect(Policy).toContain(local.server.accountId);
    const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: "/aws/lambda/grey" }));
    expect(logGroups![0]!.retentionInDays).toBe(30);
  });

  it("refuses a function that exists, and leaves it as it is", async () => {
    const before = await lambda.send(new GetFunctionCommand({ FunctionName: "grey" }));
    const { code, stdout, stderr } = await project.scar(["init", "-f", "grey.yaml"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("Function 'grey' already exists");
    const after = await lambda.send(new GetFunctionCommand({ FunctionName: "grey" }));
    expect(after.Configuration!.RevisionId).toBe(before.Configuration!.RevisionId);
  });

  it("publishes its layer once", async () => {
    project.fdl("second.yaml", { name: "second" });
    await project.ok("init", "-f", "second.yaml");
    const { LayerVersions } = await lambda.send(new ListLayerVersionsCommand({ LayerName: "scar-supervisor" }));
    expect(LayerVersions).toHaveLength(1);
    expect(LayerVersions![0]!.Description).toMatch(/^\S+ sha256:[0-9a-f]{64}$/);
  });

  it("goes on with an init that was cut", async () => {
    const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName: "grey" }));
    await lambda.send(
      new TagResourceCommand({ Resource: Configuration!.FunctionArn, Tags: { "scar:state": "deploying" } }),
    );
    expect(await project.ok("init", "-f", "grey.yaml")).toContain("Function 'grey' successfully created.");
    const { Tags } = await lambda.send(new GetFunctionCommand({ FunctionName: "grey" }));
    expect(Tags!["scar:state"]).toBe("ready");
  });

  it("leaves a log group that was there", async () => {
    await logs.send(new CreateLogGroupCommand({ logGroupName: "/aws/lambda/kept" }));
    project.fdl("kept.yaml", { name: "kept" });
    expect(await project.ok("init", "-f", "kept.yaml")).toBe(
      "Function 'kept' successfully created.\nUsing existent log group '/aws/lambda/kept'.\n",
    );
    const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: "/aws/lambda/kept" }));
    expect(logGroups![0]!.retentionInDays).toBeUndefined();
    await project.ok("rm", "-n", "kept");
    const left = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: "/aws/lambda/kept" }));
    expect(left.logGroups).toHaveLength(1);
  });

  it("answers in JSON", async () => {
    project.fdl("json.yaml", { name: "json", timeout: 17 });
    const { code, stdout } = await project.scar(["init", "-f", "json.yaml", "-j"]);
    expect(code).toBe(0);
    expect(documents(stdout)).toEqual([
      {
        LambdaOutput: {
          AccessKey: local.server.accessKeyId,
          FunctionArn: `arn:aws:lambda:us-east-1:${local.server.accountId}:function:json`,
          Timeout: 17,
          MemorySize: 512,
          FunctionName: "json",
        },
      },
      { CloudWatchOutput: { RequestId: expect.any(String), HTTPStatusCode: 200 } },
    ]);
  });

  it("answers with AWS's whole answer to -v", async () => {
    project.fdl("whole.yaml", { name: "whole" });
    const [first] = documents(await project.ok("init", "-f", "whole.yaml", "-v"));
    expect(first).toMatchObject({
      LambdaOutput: { FunctionName: "whole", ResponseMetadata: { HTTPStatusCode: 201, RetryAttempts: 0 } },
    });
  });
});

describe("init that cannot be", () => {
  const functionNames = async (name: string) =>
    lambda.send(new GetFunctionCommand({ FunctionName: name })).then(
      () => true,
      () => false,
    );

  it("sends the package through the deployment bucket, and gives /tmp the size asked for", async () => {
    const file = project.fdl("deployed.yaml", { name: "deployed", ephemeral_storage: 1024 });
    await project.ok("init", "-f", file, "-db", "deployments");
    expect(await buckets("deployments")).toContain("lambda/deployed.zip");
    const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName: "deployed" }));
    expect(Configuration!.EphemeralStorage).toEqual({ Size: 1024 });
    expect(await project.ok("run", "-n", "deployed", "echo", "hi")).toContain("\nhi\n");
  });

  it("names all files that are missing, before anything is written", async () => {
    project.fdl("missing.yaml", { name: "missing", init_script: "no.sh", container: { image_file: "no.tar" } });
    const { code, stderr } = await project.scar(["init", "-f", "missing.yaml"]);
    expect(code).toBe(2);
    expect(stderr).toContain(`'${project.path("no.sh")}' of function 'missing' does not exist`);
    expect(stderr).toContain(`'${project.path("no.tar")}' of function 'missing' does not exist`);
  });

  it("refuses an image archive that is cut short", async () => {
    const whole = readFileSync(project.path("image.tar"));
    project.write("cut.tar", whole.subarray(0, whole.length / 2));
    project.fdl("cut.yaml", { name: "cut", container: { image_file: "cut.tar" }, output: s3("never/out") });
    const { code, stderr } = await project.scar(["init", "-f", "cut.yaml"]);
    expect(code).toBe(1);
    expect(stderr).toContain("cut.tar");
    expect(stderr).not.toContain("internal error");
    expect(await functionNames("cut")).toBe(false);
    await expect(buckets("never")).rejects.toThrow();
  });

  it("refuses inputs that overlap and outputs that loop", async () => {
    project.fdl("overlap.yaml", { name: "a", input: s3("loops/in") }, { name: "b", input: s3("loops/in/deep") });
    expect((await project.scar(["init", "-f", "overlap.yaml"])).stderr).toContain("inputs overlap");
    project.fdl(
      "loop.yaml",
      { name: "a", input: s3("loops/1"), output: s3("loops/2") },
      { name: "b", input: s3("loops/2"), output: s3("loops/1") },
    );
    const { code, stderr } = await project.scar(["init", "-f", "loop.yaml"]);
    expect(code).toBe(2);
    expect(stderr).toContain("'a' → 'b' → 'a'");
    await expect(buckets("loops")).rejects.toThrow();
  });

  it("deploys a loop with --allow-loop: the script is to end it", async () => {
    project.fdl("loop.yaml", { name: "turns", input: s3("round/in"), output: s3("round/in") });
    const refused = await project.scar(["init", "-f", "loop.yaml"]);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("--allow-loop") });
    await project.ok("init", "-f", "loop.yaml", "--allow-loop");
    expect((await project.scar(["update", "-f", "loop.yaml"])).code).toBe(2);
    expect(await project.ok("update", "-f", "loop.yaml", "--allow-loop")).toBe(
      "Function 'turns': nothing to change.\n",
    );
    await project.ok("rm", "-n", "turns");
  });

  it("takes back what it made when a later function fails, and keeps what it found", async () => {
    await storage.send(new CreateBucketCommand({ Bucket: "found" }));
    project.fdl(
      "fails.yaml",
      { name: "good", input: s3("found/in"), output: s3("made/out") },
      { name: "bad", layers: ["arn:aws:lambda:us-east-1:000000000000:layer:nowhere:7"] },
    );
    const { code, stdout, stderr } = await project.scar(["init", "-f", "fails.yaml"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("taking back what it did");
    expect(await functionNames("good")).toBe(false);
    const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: "/aws/lambda/good" }));
    expect(logGroups).toEqual([]);
    expect(await buckets("found")).toBeUndefined();
  });
});
