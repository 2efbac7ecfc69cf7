import { AttachRolePolicyCommand, CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { dump } from "js-yaml";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig } from "../helpers/local-clients.ts";
import { Project, s3 } from "./init-project.ts";

let local: TestLocal;
let project: Project;

beforeAll(async () => {
  local = await startTestLocal();
  project = await Project.create(local);
});
afterAll(() => local.stop());

async function roleWith(RoleName: string, ...policies: string[]): Promise<string> {
  const iam = new IAMClient(clientConfig(local.server));
  const trust = { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [trust] });
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  for (const policy of policies)
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: `arn:aws:iam::aws:policy/${policy}` }));
  return Role!.Arn!;
}

/** Puts two files to a function that writes one for each, and gives what its log warns of. */
async function warningsOf(name: string, role: string): Promise<string[]> {
  const places = { input: s3(`${name}-data/in`), output: s3(`${name}-data/out`) };
  const lambda = { name, memory: 256, container: { image_file: "image.tar" }, init_script: "count.sh", ...places };
  project.write(`${name}.yaml`, dump({ functions: { aws: [{ lambda, iam: { role } }] } }));
  await project.ok("init", "-f", `${name}.yaml`);
  for (const key of ["a.txt", "b.txt"]) {
    project.write(key, "content");
    await project.ok("put", "-b", `${name}-data/in`, "-p", key);
  }
  const log = () => project.ok("log", "-n", name);
  await expect.poll(async () => (await log()).match(/^REPORT /gm)?.length, { timeout: 30_000 }).toBe(2);
  expect(await project.ok("ls", "-b", `${name}-data/out`)).toBe("out/a.txt.count\nout/b.txt.count\n");
  return (await log()).split("\n").filter((line) => line.includes("would not be allowed"));
}

it("a role that may only read: the output is there, and the log says once what AWS would refuse", async () => {
  const role = await roleWith("reader", "AmazonS3ReadOnlyAccess", "service-role/AWSLambdaBasicExecutionRole");
  expect(await warningsOf("reads", role)).toEqual([
    expect.stringMatching(
      /^WARNING: role reader would not be allowed s3:PutObject on arn:aws:s3:::reads-data\/out\/[ab]\.txt\.count by AWS: no policy allows it$/,
    ),
  ]);
});

it("a role that may write: nothing is said", async () => {
  expect(await warningsOf("writes", await roleWith("writer", "AWSLambdaExecute"))).toEqual([]);
});
