import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { CreateFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { CreateBucketCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { KillingProxy } from "../helpers/killing-proxy.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig, s3Client } from "../helpers/local-clients.ts";
import { runScar, temporaryFolder } from "../helpers/run.ts";
import { documents, foreignCode, Project } from "./init-project.ts";

let local: TestLocal;
let project: Project;

beforeAll(async () => {
  local = await startTestLocal();
  project = await Project.create(local);
});
afterAll(() => local.stop());

it("prints an empty table", async () => {
  expect(await project.ok("ls")).toBe(
    [
      "AWS FUNCTIONS:",
      "NAME    MEMORY    TIME    IMAGE_ID    API_URL    SUPERVISOR_VERSION",
      "------  --------  ------  ----------  ---------  --------------------",
      "",
    ].join("\n"),
  );
  expect(documents(await project.ok("ls", "-j"))).toEqual([{ Functions: [] }]);
});

it("lists own functions, and no others", async () => {
  project.fdl("two.yaml", { name: "1e5", memory: 2048, timeout: 900 }, { name: "beta" });
  await project.ok("init", "-f", "two.yaml");
  await new LambdaClient(clientConfig(local.server)).send(
    new CreateFunctionCommand({
      FunctionName: "theirs",
      Role: "arn:aws:iam::000000000000:role/x",
      Runtime: "nodejs20.x",
      Handler: "index.handler",
      Code: { ZipFile: await foreignCode() },
    }),
  );
  const [, , , ...rows] = (await project.ok("ls")).trimEnd().split("\n");
  expect(rows).toEqual([
    expect.stringMatching(/^1e5 {9}2048 {5}900 {2}tools:1 {5}- {10}\d+\.\d+\.\d+\S*$/),
    expect.stringMatching(/^beta {9}512 {5}300 {2}tools:1 {5}- {10}\d+\.\d+\.\d+\S*$/),
  ]);
  expect(documents(await project.ok("ls", "-j"))).toMatchObject([
    {
      Functions: [
        { Name: "1e5", Memory: 2048, Timeout: 900, Image_id: "tools:1", Api_gateway: "-" },
        { Name: "beta", Memory: 512, Timeout: 300, Image_id: "tools:1", Api_gateway: "-" },
      ],
    },
  ]);
});

it("asks AWS as often for many functions as for a few", async () => {
  const lambda = new LambdaClient(clientConfig(local.server));
  const { UserId } = await new STSClient(clientConfig(local.server)).send(new GetCallerIdentityCommand({}));
  const proxy = await KillingProxy.start(local.server.port);
  const calls = async (): Promise<number> => {
    const before = proxy.calls;
    const { code } = await runScar(["ls", "--endpoint-url", proxy.endpoint]);
    expect(code).toBe(0);
    return proxy.calls - before;
  };
  vi.stubEnv("AWS_ACCESS_KEY_ID", local.server.accessKeyId);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", local.server.secretAccessKey);
  const few = await calls();
  const ZipFile = await foreignCode();
  for (let n = 0; n < 20; n++) {
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName: `many-${n}`,
        Role: "arn:aws:iam::000000000000:role/x",
        Runtime: "nodejs20.x",
        Handler: "index.handler",
        Code: { ZipFile },
        Tags: { createdby: "scar", owner: UserId! },
      }),
    );
  }
  expect(await calls()).toBe(few);
  vi.unstubAllEnvs();
  await proxy.close();
  expect((await project.ok("ls")).match(/^many-/gm)).toHaveLength(20);
});

it("lists the keys of a bucket or a folder, one a line", async () => {
  const storage = s3Client(local.server);
  await storage.send(new CreateBucketCommand({ Bucket: "data" }));
  for (const Key of ["in/", "in/b c+ñ.txt", "in/sub/", "in/sub/d.txt", "inner/e.txt", "top.txt"]) {
    await storage.send(new PutObjectCommand({ Bucket: "data", Key, Body: "x" }));
  }
  expect(await project.ok("ls", "-b", "data")).toBe("in/b c+ñ.txt\nin/sub/d.txt\ninner/e.txt\ntop.txt\n");
  expect(await project.ok("ls", "-b", "data/in")).toBe("in/b c+ñ.txt\nin/sub/d.txt\n");
  expect(await project.ok("ls", "-b", "data/none")).toBe("");
});

it("lists more keys than a page holds", async () => {
  const storage = s3Client(local.server);
  await storage.send(new CreateBucketCommand({ Bucket: "many" }));
  const names = Array.from({ length: 1_003 }, (_, i) => `k/${String(i).padStart(4, "0")}`);
  for (let i = 0; i < names.length; i += 50) {
    await Promise.all(
      names.slice(i, i + 50).map((Key) => storage.send(new PutObjectCommand({ Bucket: "many", Key, Body: "x" }))),
    );
  }
  expect((await project.ok("ls", "-b", "many/k")).trimEnd().split("\n")).toEqual(names);
});

it("tells that there is no such bucket", async () => {
  const { code, stdout, stderr } = await project.scar(["ls", "-b", "nobucket"]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toContain("Unable to find the bucket 'nobucket'.");
});

it("asks whether the local AWS runs when nothing answers", () => {
  const main = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, "ls"], {
    encoding: "utf8",
    env: {
      HOME: temporaryFolder(),
      AWS_ENDPOINT_URL: "http://127.0.0.1:1",
      AWS_ACCESS_KEY_ID: "x",
      AWS_SECRET_ACCESS_KEY: "x",
    },
  });
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toContain("cannot reach http://127.0.0.1:1");
  expect(stderr).toContain("scar local start");
});
