import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { Project, s3 } from "./init-project.ts";

let local: TestLocal;
let project: Project;

beforeAll(async () => {
  local = await startTestLocal();
  project = await Project.create(local);
});
afterAll(() => local.stop());

/** Asks until the bucket's folder holds so many files. */
async function filesIn(folder: string, count: number): Promise<string[]> {
  for (let tries = 0; tries < 300; tries++) {
    const keys = (await project.ok("ls", "-b", folder)).split("\n").filter((key) => key !== "");
    if (keys.length >= count) return keys;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`no ${count} files in ${folder}: ${await project.ok("log", "-n", "count")}`);
}

it("init, put, outputs, get, ls, log, run, rm", async () => {
  project.fdl("count.yaml", { name: "count", memory: 256, input: s3("data/in"), output: s3("data/out") });
  await project.ok("init", "-f", "count.yaml");

  project.write("a b+ñ.txt", "12345");
  project.write("b.bin", Buffer.alloc(100_000));
  await project.ok("put", "-b", "data/in", "-p", "a b+ñ.txt");
  await project.ok("put", "-b", "data/in", "-p", "b.bin");
  expect(await filesIn("data/out", 2)).toEqual(["out/a b+ñ.txt.count", "out/b.bin.count"]);

  await project.ok("get", "-b", "data/out", "-p", "results");
  expect(readFileSync(project.path("results/out/a b+ñ.txt.count"), "utf8").trim()).toBe("5");
  expect(readFileSync(project.path("results/out/b.bin.count"), "utf8").trim()).toBe("100000");

  expect(await project.ok("ls")).toMatch(/^count +256 +300 +tools:1 +- +\d+\.\d+\.\d+\S*$/m);
  const log = await project.ok("log", "-n", "count");
  expect(log).toContain("counting b.bin");
  expect(log).toMatch(/^REPORT RequestId: /m);

  const out = await project.ok("run", "-n", "count");
  expect(out).toMatch(
    /^Request Id: .+\nLog Group Name: \/aws\/lambda\/count\nLog Stream Name: .+\ncounting event.json\n/,
  );

  expect(await project.ok("rm", "-f", "count.yaml")).toBe(
    "Log group '/aws/lambda/count' successfully deleted.\n" +
      "Bucket notifications successfully deleted.\n" +
      "Function 'count' successfully deleted.\n",
  );
  expect(await project.ok("ls")).not.toContain("count");
  const kept = ["out/a b+ñ.txt.count", "out/b.bin.count", "out/event.json.count"];
  expect(await filesIn("data/out", 3)).toEqual(kept);
});
