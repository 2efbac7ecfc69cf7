/** Whose functions a command is about: one's own, by the user's id or (the original's, where GetUser was refused) name; others' only by name. */
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DeleteFunctionCommand, GetFunctionCommand, LambdaClient, TagResourceCommand } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig } from "../helpers/local-clients.ts";
import { deployOriginal, tracedFunctions } from "../helpers/original-deployment.ts";
import { documents, Project, s3 } from "./init-project.ts";

let local: TestLocal;
let project: Project;
let lambda: LambdaClient;
const [darknet] = tracedFunctions("c03-darknet-s3", 0);

beforeAll(async () => {
  local = await startTestLocal();
  project = await Project.create(local);
  lambda = new LambdaClient(clientConfig(local.server));
});
afterAll(() => local.stop());

async function logGroups(): Promise<(string | undefined)[]> {
  const logs = new CloudWatchLogsClient(clientConfig(local.server));
  return ((await logs.send(new DescribeLogGroupsCommand({}))).logGroups ?? []).map((group) => group.logGroupName);
}

const tagsOf = async (FunctionName: string) => (await lambda.send(new GetFunctionCommand({ FunctionName }))).Tags;

/** As if a colleague had deployed it. */
async function giveAway(name: string): Promise<void> {
  const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName: name }));
  const Tags = { owner: "AIDACOLLEAGUE" };
  await lambda.send(new TagResourceCommand({ Resource: Configuration!.FunctionArn, Tags }));
}

it("the original's functions are one's own by the user's id and by his name", async () => {
  for (const [name, owner] of [["by-id"], ["by-name", "local"], ["by-other", "else"]] as const) {
    const config = { input: s3(`${name}-bucket/in`) };
    await deployOriginal(local, darknet!, { name, config, ...(owner && { owner }) });
  }
  const [{ Functions }] = documents(await project.ok("ls", "-j")) as [{ Functions: { Name: string }[] }];
  expect(Functions.map(({ Name }) => Name)).toEqual(["by-id", "by-name"]);
  expect(await project.ok("update", "-a")).toBe(
    "Function 'by-id' successfully updated.\nFunction 'by-name' successfully updated.\n",
  );
  expect(await tagsOf("by-name")).toMatchObject({ owner: "local" });
  const removed = await project.ok("rm", "-a", "--yes");
  expect(removed.match(/^Function .*$/gm)).toEqual([
    "Function 'by-id' successfully deleted.",
    "Function 'by-name' successfully deleted.",
  ]);
  expect(await logGroups()).toEqual(["/aws/lambda/by-other"]);
}, 60_000);

it("rm -a removes what a cut removal left of the original's, and nothing that a colleague has made under that name since", async () => {
  for (const name of ["gone", "taken"]) await deployOriginal(local, darknet!, { name, config: { input: [] } });
  await lambda.send(new DeleteFunctionCommand({ FunctionName: "gone" }));
  // The log group is the caller's, the function no longer.
  await giveAway("taken");
  const asked = await project.scar(["rm", "-a"]);
  expect(asked.stderr).toContain("Delete what is left of 'gone'?");
  await project.ok("rm", "-a", "--yes");
  expect(await tagsOf("taken")).toMatchObject({ owner: "AIDACOLLEAGUE" });
  expect(await logGroups()).toEqual(["/aws/lambda/by-other", "/aws/lambda/taken"]);
});

it("update -f and rm of a colleague's function say whose it is; it stays his until it is removed", async () => {
  project.fdl("theirs.yaml", { name: "theirs", memory: 256 });
  await project.ok("init", "-f", "theirs.yaml");
  await giveAway("theirs");
  const notice = "Function 'theirs' was deployed by another owner, 'AIDACOLLEAGUE'.";
  project.fdl("theirs.yaml", { name: "theirs", memory: 320 });
  const updated = await project.scar(["update", "-f", "theirs.yaml"]);
  expect(updated).toMatchObject({ code: 0, stdout: "Function 'theirs' successfully updated.\n" });
  expect(updated.stderr).toContain(notice);
  expect(await tagsOf("theirs")).toMatchObject({ owner: "AIDACOLLEAGUE", "scar:state": "ready" });
  const dry = await project.scar(["rm", "-n", "theirs", "--dry-run", "-j"]);
  expect(dry.stderr).toContain(notice);
  expect(documents(dry.stdout)).toHaveLength(1);
  const removed = await project.scar(["rm", "-n", "theirs"]);
  expect(removed).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("Function 'theirs' successfully deleted."),
  });
  expect(removed.stderr).toContain(notice);
});

it("init does not go on with what a colleague's init has left", async () => {
  project.fdl("half.yaml", { name: "half", memory: 256 });
  await project.ok("init", "-f", "half.yaml");
  await giveAway("half");
  const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName: "half" }));
  const Tags = { "scar:state": "deploying" };
  await lambda.send(new TagResourceCommand({ Resource: Configuration!.FunctionArn, Tags }));
  const { code, stderr } = await project.scar(["init", "-f", "half.yaml"]);
  expect(code).toBe(1);
  expect(stderr).toContain("Function 'half' already exists");
});
