import { join } from "node:path";
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  type FunctionConfiguration,
  GetFunctionCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { GetBucketNotificationConfigurationCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { decodeFdlVariable } from "../../src/fdl/contract.ts";
import { downloadPackage, unpackEntries } from "../../src/providers/aws/package/unpack.ts";
import type { ZipEntry } from "../../src/providers/aws/package/zip.ts";
import { VERSION } from "../../src/version.ts";
import { openGate } from "../helpers/gate.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig, s3Client } from "../helpers/local-clients.ts";
import { deployOriginal, tracedFunctions } from "../helpers/original-deployment.ts";
import { runScar, temporaryFolder } from "../helpers/run.ts";
import { settled, stateFiles } from "../helpers/state-files.ts";
import { documents, Project, s3 } from "./init-project.ts";

let local: TestLocal;
let project: Project;
let lambda: LambdaClient;
const SECRET = "minio-secret-key";

beforeAll(async () => {
  local = await startTestLocal();
  project = await Project.create(local);
  lambda = new LambdaClient(clientConfig(local.server));
});
afterAll(() => local.stop());

const found = (FunctionName: string) => lambda.send(new GetFunctionCommand({ FunctionName }));

async function packageOf(name: string): Promise<ZipEntry[]> {
  const folder = temporaryFolder();
  const zip = join(folder, "p.zip");
  await downloadPackage(name, (await found(name)).Code?.Location, zip, new AbortController().signal);
  return unpackEntries(name, zip, join(folder, "files"));
}

/** The packed image and the script of a function of ours, for one of the original's. */
async function runnableEntries(): Promise<ZipEntry[]> {
  project.write("hello.sh", "#!/bin/sh\necho hello from the original\n");
  project.fdl("ours.yaml", { name: "ours", init_script: "hello.sh" });
  await project.ok("init", "-f", "ours.yaml");
  return (await packageOf("ours")).filter(({ name }) => name.startsWith("udocker/") || name === "hello.sh");
}

const [darknet] = tracedFunctions("c03-darknet-s3", 0);

it("lists the original's functions", async () => {
  await deployOriginal(local, darknet!);
  const entries = await runnableEntries();
  await deployOriginal(local, darknet!, {
    name: "cow",
    entries,
    config: {
      init_script: "hello.sh",
      container: { image_file: "tools:1", environment: { Variables: {} }, timeout_threshold: 10 },
      input: [{ storage_provider: "s3", path: "cows/in" }],
      output: [{ storage_provider: "s3", path: "cows/out" }],
      storage_providers: { minio: { my: { access_key: "a", secret_key: SECRET } } },
    },
    variables: { UDOCKER_REPOS: "/var/task/udocker/repos/", UDOCKER_LAYERS: "/var/task/udocker/layers/", MINE: "kept" },
  });
  const [{ Functions }] = documents(await project.ok("ls", "-j")) as [{ Functions: { Name: string }[] }];
  expect(Functions).toContainEqual({
    Name: "scar-darknet-s3",
    Memory: 2048,
    Timeout: 300,
    Image_id: "grycap/darknet",
    Api_gateway: "-",
    Sup_version: "1.5.8",
  });
  expect(Functions.map(({ Name }) => Name)).toEqual(["cow", "ours", "scar-darknet-s3"]);
});

it("update -a moves them to this release's supervisor, and nothing else of them", async () => {
  await settled(lambda);
  const before = (await found("cow")).Configuration!;
  const state = stateFiles(local.dir);
  expect((await project.ok("update", "-a", "--dry-run")).trim().split("\n")).toEqual([
    "change the code of function 'cow'",
    "change the code of function 'scar-darknet-s3'",
    "change the configuration of function 'cow'",
    "change the configuration of function 'scar-darknet-s3'",
    "mark function 'cow' as ready",
    "mark function 'scar-darknet-s3' as ready",
  ]);
  expect(stateFiles(local.dir)).toEqual(state);
  expect(await project.ok("update", "-a")).toBe(
    "Function 'cow' successfully updated.\nFunction 'ours': nothing to change.\nFunction 'scar-darknet-s3' successfully updated.\n",
  );
  const { Configuration: after = {}, Tags } = await found("cow");
  const same = ({ MemorySize, Timeout, Role, Handler, Description }: FunctionConfiguration) => ({
    MemorySize,
    Timeout,
    Role,
    Handler,
    Description,
  });
  expect(same(after)).toEqual(same(before));
  expect(after.Layers?.map(({ Arn }) => Arn?.split(":").at(-2))).toEqual(["scar-supervisor"]);
  const { FDL, ...variables } = after.Environment!.Variables!;
  expect(variables).toEqual({
    IMAGE_ID: "grycap/darknet",
    MINE: "kept",
    UDOCKER_REPOS: "/var/task/udocker/repos/",
    UDOCKER_LAYERS: "/var/task/udocker/layers/",
  });
  expect(decodeFdlVariable(FDL)).toMatchObject({
    runtime: "nodejs24.x",
    layers: [],
    supervisor: { version: VERSION, layer_name: "scar-supervisor" },
  });
  // The providers' keys were in the variable too.
  expect(Buffer.from(FDL!, "base64").toString()).not.toContain(SECRET);
  expect(Tags).toMatchObject({ createdby: "scar", "scar:function": "cow", "scar:state": "ready" });
  const names = (await packageOf("cow")).map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining(["cow.mjs", "function_config.yaml", "hello.sh", "udocker/repos/tools/1/TAG"]),
  );
  expect(names).not.toContain("cow.py");
});

it("runs what it moved, and has nothing more to move", async () => {
  expect(await project.ok("run", "-n", "cow", "--no-files")).toContain("hello from the original");
  expect(await project.ok("update", "-a", "--dry-run")).toBe("There is nothing to change.\n");
});

it("lists what it cannot move, and moves the others", async () => {
  await deployOriginal(local, darknet!, { name: "late", config: { input: [] } });
  await lambda.send(
    new UpdateFunctionConfigurationCommand({
      FunctionName: "ours",
      Environment: { Variables: { FDL: Buffer.from('{"execution_mode":"batch"}').toString("base64") } },
    }),
  );
  await settled(lambda);
  const { code, stdout, stderr } = await project.scar(["update", "-a"]);
  expect(code).toBe(1);
  expect(stdout).toContain("Function 'late' successfully updated.");
  expect(stderr).toContain("update of function 'ours' with its AWS Batch resources: not supported yet");
});

it("update -f changes one of the original's in place: its permission stays, the rest is the file's", async () => {
  await deployOriginal(local, darknet!, {
    name: "old",
    config: { input: [{ storage_provider: "s3", path: "olds/in" }] },
  });
  project.fdl("old.yaml", { name: "old", init_script: "hello.sh", memory: 512, input: s3("olds/in") });
  expect(await project.ok("update", "-f", "old.yaml")).toBe("Function 'old' successfully updated.\n");
  expect(await project.ok("update", "-f", "old.yaml")).toBe("Function 'old': nothing to change.\n");
  expect(await project.ok("run", "-n", "old", "--no-files")).toContain("hello from the original");
});

it("rm removes one of the original's whole, moved or not, and its buckets stay", async () => {
  await deployOriginal(local, darknet!, {
    name: "never",
    config: { input: [{ storage_provider: "s3", path: "nevers/in" }] },
  });
  for (const name of ["never", "scar-darknet-s3", "cow"]) {
    expect(await project.ok("rm", "-n", name)).toBe(
      `Log group '/aws/lambda/${name}' successfully deleted.\n` +
        "Bucket notifications successfully deleted.\n" +
        `Function '${name}' successfully deleted.\n`,
    );
  }
  const storage = s3Client(local.server);
  for (const Bucket of ["nevers", "cows", "scar-darknet"]) {
    const left = await storage.send(new GetBucketNotificationConfigurationCommand({ Bucket }));
    expect(left.LambdaFunctionConfigurations).toBeUndefined();
  }
  const logs = new CloudWatchLogsClient(clientConfig(local.server));
  const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({}));
  expect(logGroups.map(({ logGroupName }) => logGroupName)).not.toContain("/aws/lambda/never");
});

it("update -a, cut at any write, moves the function when it is run again", async () => {
  await project.ok("rm", "-a", "--yes").catch(() => undefined);
  const gate = await openGate(local.server.endpoint);
  vi.stubEnv("AWS_ACCESS_KEY_ID", local.server.accessKeyId);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", local.server.secretAccessKey);
  const argv = ["update", "-a", "--endpoint-url", gate.endpoint];
  // Code, configuration, tags.
  for (const cut of [0, 1, 2]) {
    const name = `cut${cut}`;
    await deployOriginal(local, darknet!, { name, config: { input: [] } });
    gate.clear();
    gate.refuse((_write, count) => count >= cut);
    const first = await runScar(argv);
    expect(first.stderr).toContain(`function '${name}': not today`);
    gate.refuse(() => false);
    await runScar(argv);
    const { Configuration, Tags } = await found(name);
    expect(Configuration?.Layers?.map(({ Arn }) => Arn?.split(":").at(-2))).toEqual(["scar-supervisor"]);
    expect(Tags).toMatchObject({ "scar:state": "ready" });
    expect((await packageOf(name)).map((entry) => entry.name)).toContain(`${name}.mjs`);
  }
  await gate.close();
  vi.unstubAllEnvs();
});
