/** Roles that Lambda does not take: the new ones are waited for, the wrong ones are named at once. */
import { CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig } from "../helpers/local-clients.ts";
import { Project } from "./init-project.ts";

let local: TestLocal;
let project: Project;

beforeAll(async () => {
  local = await startTestLocal({ behaviour: "role-delay=8000" });
  project = await Project.create(local);
  project.fdl("count.yaml", { name: "count", memory: 256 });
});
afterAll(() => local.stop());

it("init waits until Lambda has heard of the role that was just made, and says so", async () => {
  await project.ok("role", "-f", "count.yaml", "--create");
  const { code, stdout, stderr } = await project.scar([
    "init",
    "-f",
    "count.yaml",
    "-r",
    "arn:aws:iam::000000000000:role/scar-count",
  ]);
  expect(stderr).toContain("Lambda does not take role 'scar-count' yet: trying again for 30 s.");
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining("successfully created") });
  expect(await project.ok("run", "-n", "count", "echo", "it runs")).toContain("it runs");
}, 60_000);

it("a role that does not trust Lambda is named without waiting, and nothing stays", async () => {
  const trust = { Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [trust] });
  await new IAMClient(clientConfig(local.server)).send(
    new CreateRoleCommand({ RoleName: "machines", AssumeRolePolicyDocument }),
  );
  project.fdl("wrong.yaml", { name: "wrong", memory: 256 });
  const role = "arn:aws:iam::000000000000:role/machines";
  const { code, stderr } = await project.scar(["init", "-f", "wrong.yaml", "-r", role]);
  expect(code).toBe(1);
  expect(stderr).toContain(`role '${role}' does not let Lambda assume it`);
  expect(stderr).toContain("'scar role --print'");
  expect(stderr).not.toContain("trying again");
  expect((await project.scar(["rm", "-n", "wrong"])).stderr).toContain("Unable to find the function 'wrong'");
}, 60_000);
