import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { Project } from "./init-project.ts";

const QUESTION = "Please choose a function:\n0) Apply to all\n1) first\n2) second\nEnter number: ";
let local: TestLocal;
let project: Project;

beforeAll(async () => {
  local = await startTestLocal();
  project = await Project.create(local);
  for (const name of ["first", "second"]) project.write(`${name}.sh`, `#!/bin/sh\necho "I am the ${name}"\n`);
  project.fdl(
    "two.yaml",
    { name: "first", timeout: 30, init_script: "first.sh" },
    { name: "second", timeout: 30, init_script: "second.sh" },
  );
  await project.ok("init", "-f", "two.yaml");
});
afterAll(() => local.stop());

it.each(["run", "log"])("%s of several functions without a terminal is an error that names them", async (command) => {
  const { code, stdout, stderr } = await project.scar([command, "-f", "two.yaml"]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain("'first', 'second'");
  expect(stderr).toContain("--function all");
});

it("--function names one, or all of them", async () => {
  expect(await project.ok("run", "-f", "two.yaml", "--function", "second")).not.toContain("I am the first");
  expect(await project.ok("run", "-f", "two.yaml", "--function", "all")).toMatch(
    /I am the first[\s\S]*I am the second/,
  );
  expect(await project.ok("log", "-f", "two.yaml", "--function", "all")).toMatch(
    /I am the first[\s\S]*I am the second/,
  );
});

it("a terminal is asked SCAR's question, again after an answer that is none", async () => {
  const one = await project.scar(["run", "-f", "two.yaml"], { tty: true, stdin: "7\n2\n" });
  expect(one.stderr).toBe(`${QUESTION}'7' is none of them.\nEnter number: `);
  expect(one.stdout).toContain("I am the second");
  expect(one.stdout).not.toContain("I am the first");
  const all = await project.scar(["run", "-f", "two.yaml"], { tty: true, stdin: "0\n" });
  expect(all.stdout).toMatch(/I am the first[\s\S]*I am the second/);
  const none = await project.scar(["run", "-f", "two.yaml"], { tty: true });
  expect(none.code).toBe(2);
});

it("one that fails does not stop the other", async () => {
  project.fdl("half.yaml", { name: "missing" }, { name: "second" });
  const { code, stdout, stderr } = await project.scar(["run", "-f", "half.yaml", "--function", "all"]);
  expect(code).toBe(1);
  expect(stdout).toContain("I am the second");
  expect(stderr).toContain("Unable to find the function 'missing'");
});

it("one output file is not for two functions", async () => {
  const { code, stderr } = await project.scar(["run", "-f", "two.yaml", "--function", "all", "-o", "out"]);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("several functions") });
});
