/** `scar invoke` of APIs that `init` makes: their asynchronous route, signatures and binary media types. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { dump } from "js-yaml";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { documents, Project } from "./init-project.ts";

const ECHO = `#!/bin/sh
echo "do=$CONT_VAR_do"
[ -z "$INPUT_FILE_PATH" ] || cat "$INPUT_FILE_PATH"
[ "$CONT_VAR_do" != fail ]
`;

const BYTES = `#!/bin/sh
cat "$INPUT_FILE_PATH"
`;

let local: TestLocal;
let project: Project;

beforeAll(async () => {
  local = await startTestLocal();
  project = await Project.create(local);
  project.write("echo.sh", ECHO);
  project.write("bytes.sh", BYTES);
  await deploy("open", "echo.sh", {});
});
afterAll(() => local?.stop());

async function deploy(name: string, init_script: string, api: object): Promise<string> {
  const lambda = { name, init_script, container: { image_file: "image.tar" } };
  const aws = [{ lambda, api_gateway: { name: `${name}-api`, ...api } }];
  project.write(`${name}.yaml`, dump({ functions: { aws } }));
  await project.ok("init", "-f", `${name}.yaml`);
  const [{ Functions }] = documents(await project.ok("ls", "-j")) as [{ Functions: Record<string, string>[] }];
  return Functions.find(({ Name }) => Name === name)!["Api_gateway"]!;
}

/** The log of a request that ended. */
async function logOf(name: string, requestId: string): Promise<string> {
  for (let i = 0; i < 200; i++) {
    const { stdout } = await project.scar(["log", "-n", name, "-ri", requestId]);
    if (stdout.includes("REPORT RequestId")) return stdout;
    await sleep(100);
  }
  throw new Error(`request ${requestId} of ${name} did not end`);
}

const launched = async (...argv: string[]) => {
  const [document] = documents(await project.ok("invoke", ...argv, "-a", "-j"));
  return (document as { LambdaOutput: { StatusCode: number; RequestId: string } }).LambdaOutput;
};

describe("an asynchronous call", () => {
  it("is said to be launched, without a word of 502", async () => {
    const { code, stdout, stderr } = await project.scar(["invoke", "-n", "open", "-a"]);
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: "Function 'open' launched successfully.\n",
      stderr: "",
    });
  });

  it("reaches the function with its query and body, and its request id leads to the log", async () => {
    const json = '{"text": "it\'s \\"quoted\\" \\\\ é\\n"}';
    const { StatusCode, RequestId } = await launched("-n", "open", "-p", "do=now", "-jd", json);
    expect(StatusCode).toBe(202);
    const log = await logOf("open", RequestId);
    expect(log).toContain("do=now\n");
    expect(log).toContain(json);
  });

  it("of a file gives the function its bytes", async () => {
    project.write("text", "line one\nline two\n");
    const { RequestId } = await launched("-n", "open", "-db", "text");
    expect(await logOf("open", RequestId)).toContain("line one\nline two\n");
  });

  it("that fails is known by its log alone", async () => {
    const { RequestId } = await launched("-n", "open", "-p", "do=fail");
    expect(await logOf("open", RequestId)).toContain("the command ended with exit code 1");
  });

  it("saves nothing, and says so", async () => {
    const { code, stderr } = await project.scar(["invoke", "-n", "open", "-a", "-o", "x"]);
    expect([code, stderr]).toEqual([0, expect.stringContaining("-o: nothing to save")]);
  });
});

it("a synchronous call of the same API is answered", async () => {
  expect(await project.ok("invoke", "-n", "open", "-p", "do=now")).toMatch(/\ndo=now\n\n$/);
});

it("an API that wants signatures gets them, waiting or not; others are refused", async () => {
  const url = await deploy("signed", "echo.sh", { method: { authorizationType: "AWS_IAM" } });
  expect(await project.ok("invoke", "-n", "signed", "-p", "do=a b")).toContain("\ndo=a b\n");
  const { StatusCode, RequestId } = await launched("-n", "signed", "-jd", "[1]");
  expect(StatusCode).toBe(202);
  expect(await logOf("signed", RequestId)).toContain("[1]");
  expect((await fetch(url)).status).toBe(403);
  expect((await fetch(url.replace("launch", "async"), { method: "POST", body: "x" })).status).toBe(403);
});

it("an API with binary media types gets bytes and gives them, waiting or not", async () => {
  const url = await deploy("binary", "bytes.sh", { binary_media_types: ["*/*"] });
  const content = randomBytes(4000);
  project.write("content", content);
  await project.ok("invoke", "-n", "binary", "-db", "content", "-o", "content.out");
  expect(readFileSync(project.path("content.out"))).toEqual(content);
  const posted = await fetch(url, { method: "POST", body: content, headers: { "content-type": "image/png" } });
  expect(Buffer.from(await posted.arrayBuffer())).toEqual(content);
  project.write("text", "some text\n");
  const { RequestId } = await launched("-n", "binary", "-db", "text");
  expect(await logOf("binary", RequestId)).toContain("some text\n");
});

it("an API with one binary media type takes and gives scar's files", async () => {
  const url = await deploy("png", "bytes.sh", { binary_media_types: ["image/png"] });
  const content = randomBytes(4000);
  project.write("content", content);
  await project.ok("invoke", "-n", "png", "-db", "content", "-o", "content.out");
  expect(readFileSync(project.path("content.out"))).toEqual(content);
  const headers = { "content-type": "image/png", accept: "image/png" };
  const posted = await fetch(url, { method: "POST", body: content, headers });
  expect(Buffer.from(await posted.arrayBuffer())).toEqual(content);
  const text = await (
    await fetch(url, { method: "POST", body: content, headers: { "content-type": "image/png" } })
  ).text();
  expect(Buffer.from(text, "base64")).toEqual(content);
});
