/** Outputs that would start their own function again. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { documents, Project, s3 } from "./init-project.ts";

let local: TestLocal;
let project: Project;

beforeAll(async () => {
  local = await startTestLocal();
  project = await Project.create(local);
  project.fdl(
    "around.yaml",
    { name: "first", input: s3("store/in"), output: s3("store/half") },
    { name: "second", input: s3("store/half"), output: s3("store/in/again") },
  );
  project.fdl("straight.yaml", { name: "first", input: s3("store/in"), output: s3("store/half") });
});
afterAll(() => local.stop());

const names = async (): Promise<string[]> => {
  const [{ Functions }] = documents(await project.ok("ls", "-j")) as [{ Functions: { Name: string }[] }];
  return Functions.map(({ Name }) => Name).sort();
};

const LOOP = "outputs start their own function again: 'first' → 'second' → 'first'\n";

it("init refuses them, naming the cycle and the way out", async () => {
  const { code, stdout, stderr } = await project.scar(["init", "-f", "around.yaml"]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain(`scar: ${LOOP}`);
  expect(stderr).toContain("--allow-loop");
  expect(await names()).toEqual([]);
});

it("update refuses them as well", async () => {
  await project.ok("init", "-f", "straight.yaml");
  const { code, stderr } = await project.scar(["update", "-f", "around.yaml"]);
  expect(code).toBe(2);
  expect(stderr).toContain(`scar: ${LOOP}`);
  await project.ok("rm", "-f", "straight.yaml");
});

it("--allow-loop deploys them, with a warning", async () => {
  const { code, stderr } = await project.scar(["init", "-f", "around.yaml", "--allow-loop"]);
  expect(code).toBe(0);
  expect(stderr).toContain(`warning: ${LOOP}`);
  expect(await names()).toEqual(["first", "second"]);
});
