/** What a function can have besides image and script: files of the user's, a network, file systems, and a first invocation. */
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { GetFunctionConfigurationCommand, LambdaClient, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig } from "../helpers/local-clients.ts";
import { Project } from "./init-project.ts";

let local: TestLocal;
let project: Project;
let lambda: LambdaClient;

beforeAll(async () => {
  local = await startTestLocal();
  project = await Project.create(local);
  lambda = new LambdaClient(clientConfig(local.server));
});
afterAll(() => local.stop());

const names = async () =>
  ((await lambda.send(new ListFunctionsCommand({}))).Functions ?? []).map((f) => f.FunctionName);

describe("extra_payload", () => {
  beforeAll(() => {
    mkdirSync(project.path("payload/sub"), { recursive: true });
    writeFileSync(project.path("payload/sub/words.txt"), "words\n");
    writeFileSync(project.path("payload/tool.sh"), "#!/bin/sh\necho tool $1\n", { mode: 0o755 });
    symlinkSync("sub/words.txt", project.path("payload/link.txt"));
  });

  it("a folder's files are where $EXTRA_PAYLOAD says, links as files, programs executable", async () => {
    project.fdl("payload.yaml", { name: "payload", extra_payload: "payload" });
    await project.ok("init", "-f", "payload.yaml");
    const script =
      'cat "$EXTRA_PAYLOAD/sub/words.txt" "$EXTRA_PAYLOAD/link.txt"; "$EXTRA_PAYLOAD/tool.sh" "$EXTRA_PAYLOAD"\n';
    project.write("use.sh", script);
    expect(await project.ok("run", "-n", "payload", "-s", "use.sh")).toContain("words\nwords\ntool /var/task\n");
  });

  it("a single file too, given by -ep", async () => {
    await project.ok("init", "-n", "one-file", "-if", "image.tar", "-ep", "payload/sub/words.txt");
    expect(await project.ok("run", "-n", "one-file", "cat", "/var/task/words.txt")).toContain("words\n");
  });

  it("may hold the init script as well", async () => {
    mkdirSync(project.path("whole"));
    writeFileSync(project.path("whole/main.sh"), "cat /var/task/data\n");
    writeFileSync(project.path("whole/data"), "data of the payload\n");
    project.fdl("whole.yaml", { name: "whole", extra_payload: "whole", init_script: "whole/main.sh" });
    await project.ok("init", "-f", "whole.yaml");
    expect(await project.ok("run", "-n", "whole")).toContain("data of the payload\n");
  });

  it.each<[string, (folder: string) => void, RegExp]>([
    [
      "a file of the package's name",
      (f) => writeFileSync(join(f, "function_config.yaml"), ""),
      /'function_config\.yaml' is the name/,
    ],
    ["a link to nowhere", (f) => symlinkSync("nowhere", join(f, "dangling")), /dangling' .*ENOENT/],
    [
      "a link to its own folder",
      (f) => symlinkSync(".", join(f, "again")),
      /again' is a link to a folder that it is in/,
    ],
  ])("refuses %s, and makes nothing", async (_, prepare, message) => {
    const folder = project.path(`bad-${Math.random().toString(36).slice(2)}`);
    mkdirSync(folder);
    prepare(folder);
    const { code, stderr } = await project.scar(["init", "-n", "bad", "-if", "image.tar", "-ep", folder]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
    expect(await names()).not.toContain("bad");
  });
});

describe("preheat", () => {
  it("invokes the function once, so that the next run finds the image", async () => {
    project.fdl("hot.yaml", { name: "hot", preheat: true });
    expect(await project.ok("init", "-f", "hot.yaml")).toContain("Preheating successful\n");
    await project.ok("run", "-n", "hot", "true");
    const log = await project.ok("log", "-n", "hot");
    expect(log.match(/is ready after/g)).toHaveLength(1);
    expect(log.match(/^REPORT /gm)).toHaveLength(2);
  });

  it("tells when that fails, and keeps the function", async () => {
    project.write("fails.sh", "echo cold; exit 3\n");
    const { code, stdout, stderr } = await project.scar([
      "init",
      "-n",
      "cold",
      "-if",
      "image.tar",
      "-s",
      "fails.sh",
      "-ph",
    ]);
    expect([code, stdout]).toEqual([1, expect.stringContaining("Function 'cold' successfully created.")]);
    expect(stdout).not.toContain("Preheating successful");
    expect(stderr).toContain("function 'cold' was created, but preheating it failed: ");
    expect(stderr).toContain("exit code 3");
    expect(await names()).toContain("cold");
  });
});

it("vpc and file_system reach Lambda as they are", async () => {
  const file_system = [
    {
      Arn: "arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-0123456789abcdef0",
      LocalMountPath: "/mnt/data",
    },
  ];
  const vpc = { SubnetIds: ["subnet-0123456789abcdef0"], SecurityGroupIds: ["sg-0123456789abcdef0"] };
  project.fdl("network.yaml", { name: "network", vpc, file_system });
  await project.ok("init", "-f", "network.yaml");
  const found = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: "network" }));
  expect(found.VpcConfig).toMatchObject(vpc);
  expect(found.FileSystemConfigs).toEqual(file_system);
});
