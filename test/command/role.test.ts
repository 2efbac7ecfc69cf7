import {
  CreateRoleCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { dump } from "js-yaml";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig } from "../helpers/local-clients.ts";
import { runScar } from "../helpers/run.ts";
import { documents, Project, s3 } from "./init-project.ts";

let local: TestLocal;
let project: Project;
let iam: IAMClient;

beforeAll(async () => {
  local = await startTestLocal();
  project = await Project.create(local);
  iam = new IAMClient(clientConfig(local.server));
  project.fdl("count.yaml", { name: "count", memory: 256, input: s3("data/in"), output: s3("data/out") });
});
afterAll(() => local.stop());

interface Documents {
  readonly AssumeRolePolicyDocument: object;
  readonly PolicyDocument: { readonly Statement: readonly { readonly Sid: string; readonly Resource: string[] }[] };
}

async function policyOf(RoleName: string): Promise<unknown> {
  const { PolicyDocument } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: "scar" }));
  return JSON.parse(decodeURIComponent(PolicyDocument!));
}

it("--print shows the documents, and makes nothing", async () => {
  const text = await project.ok("role", "-f", "count.yaml", "--print");
  const printed = JSON.parse(text) as Documents;
  expect(printed.PolicyDocument.Statement.map(({ Sid }) => Sid)).toEqual(["WriteLogs", "ReadInputs", "WriteOutputs"]);
  expect(printed.PolicyDocument.Statement[0]!.Resource[0]).toContain(":000000000000:log-group:/aws/lambda/count:*");
  expect(documents(await project.ok("role", "-f", "count.yaml", "--print", "-j"))).toEqual([printed]);
  await expect(iam.send(new GetRoleCommand({ RoleName: "scar-count" }))).rejects.toThrow();
});

it("--create makes it; a function with it does all its work, and nothing is said of what AWS would refuse", async () => {
  const { code, stdout, stderr } = await project.scar(["role", "-f", "count.yaml", "--create"]);
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: "Role 'scar-count' successfully created.\narn:aws:iam::000000000000:role/scar-count\n",
  });
  expect(stderr).toContain("-r arn:aws:iam::000000000000:role/scar-count");
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: "scar-count" }));
  expect(Role!.Tags).toEqual(expect.arrayContaining([{ Key: "createdby", Value: "scar" }]));
  expect(await policyOf("scar-count")).toEqual(
    (JSON.parse(await project.ok("role", "-f", "count.yaml", "--print")) as Documents).PolicyDocument,
  );

  await project.ok("init", "-f", "count.yaml", "-r", Role!.Arn!);
  project.write("a.txt", "content");
  await project.ok("put", "-b", "data/in", "-p", "a.txt");
  const log = () => project.ok("log", "-n", "count");
  await expect.poll(async () => (await log()).match(/^REPORT /gm)?.length, { timeout: 30_000 }).toBe(1);
  expect(await project.ok("ls", "-b", "data/out")).toBe("out/a.txt.count\n");
  expect(await log()).not.toContain("would not be allowed");
}, 60_000);

it("a function that writes elsewhere is not covered: the policy is no wider than the file", async () => {
  const lambda = { name: "other", memory: 256, container: { image_file: "image.tar" }, init_script: "count.sh" };
  const places = { input: s3("others/in"), output: s3("others/out") };
  const iamSection = { role: "arn:aws:iam::000000000000:role/scar-count" };
  project.write("other.yaml", dump({ functions: { aws: [{ lambda: { ...lambda, ...places }, iam: iamSection }] } }));
  await project.ok("init", "-f", "other.yaml");
  project.write("b.txt", "content");
  await project.ok("put", "-b", "others/in", "-p", "b.txt");
  const log = () => project.ok("log", "-n", "other");
  await expect.poll(async () => (await log()).match(/^REPORT /gm)?.length, { timeout: 30_000 }).toBe(1);
  expect(await log()).toContain("would not be allowed s3:GetObject");
  expect(await log()).toContain("would not be allowed s3:PutObject");
  expect(await log()).toContain("would not be allowed logs:PutLogEvents");
}, 60_000);

it("--create again changes nothing, and mends what is not as it should be", async () => {
  const again = async () => documents(await project.ok("role", "-f", "count.yaml", "--create", "-j"));
  const arn = "arn:aws:iam::000000000000:role/scar-count";
  const answer = { RoleName: "scar-count", RoleArn: arn, Created: false };
  expect(await again()).toEqual([{ IAMOutput: { ...answer, Updated: false } }]);
  const wide = JSON.stringify({ Version: "2012-10-17", Statement: { Effect: "Allow", Action: "*", Resource: "*" } });
  await iam.send(new PutRolePolicyCommand({ RoleName: "scar-count", PolicyName: "scar", PolicyDocument: wide }));
  const trust = { Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" };
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [trust] });
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: "scar-count", PolicyDocument }));
  expect(await again()).toEqual([{ IAMOutput: { ...answer, Updated: true } }]);
  expect(await policyOf("scar-count")).toMatchObject({ Statement: [{ Sid: "WriteLogs" }, {}, {}] });
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: "scar-count" }));
  expect(decodeURIComponent(Role!.AssumeRolePolicyDocument!)).toContain("lambda.amazonaws.com");
});

it("a role of others is left as it is", async () => {
  const trust = { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [trust] });
  await iam.send(new CreateRoleCommand({ RoleName: "theirs", AssumeRolePolicyDocument }));
  const { code, stderr } = await project.scar(["role", "-n", "x", "--create", "--role-name", "theirs"]);
  expect(code).toBe(1);
  expect(stderr).toContain("'theirs' that was not made by scar");
  await expect(policyOf("theirs")).rejects.toThrow();
});

it("flags describe a function too, and a file of several gives its name", async () => {
  expect(await project.ok("role", "-n", "flags", "-ib", "photos/in", "--create")).toContain(
    "Role 'scar-flags' successfully",
  );
  project.fdl("two.yaml", { name: "a" }, { name: "b" });
  expect(await project.ok("role", "-f", "two.yaml", "--create")).toContain("Role 'scar-two' successfully created.");
  expect(await policyOf("scar-two")).toMatchObject({
    Statement: [{ Resource: [/a:\*$/, /b:\*$/].map((end) => expect.stringMatching(end)) }],
  });
});

it.each([
  [["role", "-n", "x"], "--print --create is required"],
  [["role", "-n", "x", "--print", "--create"], "not allowed with argument"],
  [["role", "--print"], "is required"],
  [["role", "-n", "x", "--create", "--role-name", "a b"], "'a b' cannot be the name of a role"],
])("%j is wrong usage", async (argv, message) => {
  const { code, stdout, stderr } = await project.scar(argv);
  expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: "", stderr: expect.stringContaining(message) });
});

it("--print needs no AWS: without credentials the account is '*', with a warning", async () => {
  const { code, stdout, stderr } = await runScar(["role", "-n", "x", "--print", "--region", "cn-north-1"], {
    cwd: project.folder,
    env: { AWS_EC2_METADATA_DISABLED: "true" },
  });
  expect(code).toBe(0);
  expect(stdout).toContain('"arn:aws-cn:logs:cn-north-1:*:log-group:/aws/lambda/x:*"');
  expect(stderr).toContain("warning: AWS could not be asked for your account");
});
