import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { CreateBucketCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { s3Client } from "../helpers/local-clients.ts";
import { temporaryFolder } from "../helpers/run.ts";
import { documents, Project } from "./init-project.ts";

let local: TestLocal;
let project: Project;
let storage: S3Client;

async function fill(bucket: string, objects: Readonly<Record<string, string>>): Promise<void> {
  await storage.send(new CreateBucketCommand({ Bucket: bucket }));
  for (const [Key, Body] of Object.entries(objects)) {
    await storage.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
  }
}

beforeAll(async () => {
  local = await startTestLocal();
  project = new Project(local);
  storage = s3Client(local.server);
  await fill("data", { "in/": "marker", "in/a.txt": "a", "in/sub/b c+ñ.txt": "b", "inner/c.txt": "c", "top.txt": "t" });
});
afterAll(() => local.stop());

const files = (folder: string): string[] =>
  existsSync(project.path(folder))
    ? readdirSync(project.path(folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => `${entry.parentPath}/${entry.name}`.slice(project.path(folder).length + 1))
        .sort()
    : [];

it("recreates the keys' folders", async () => {
  expect(await project.ok("get", "-b", "data", "-p", "all")).toBe(
    [
      "Downloading file 'in/a.txt' from bucket 'data' in path 'all/in/a.txt'.",
      "Downloading file 'in/sub/b c+ñ.txt' from bucket 'data' in path 'all/in/sub/b c+ñ.txt'.",
      "Downloading file 'inner/c.txt' from bucket 'data' in path 'all/inner/c.txt'.",
      "Downloading file 'top.txt' from bucket 'data' in path 'all/top.txt'.",
      "",
    ].join("\n"),
  );
  expect(files("all")).toEqual(["in/a.txt", "in/sub/b c+ñ.txt", "inner/c.txt", "top.txt"]);
  expect(readFileSync(project.path("all/in/sub/b c+ñ.txt"), "utf8")).toBe("b");
});

it("takes a folder, not all that begins alike", async () => {
  await project.ok("get", "-b", "data/in", "-p", "folder");
  expect(files("folder")).toEqual(["in/a.txt", "in/sub/b c+ñ.txt"]);
});

it("answers with a document for each file", async () => {
  expect(documents(await project.ok("get", "-b", "data/in/a.txt", "-p", "docs", "-j"))).toEqual([
    { Bucket: "data", Key: "in/a.txt", Path: "docs/in/a.txt" },
  ]);
});

it("takes a single object", async () => {
  await project.ok("get", "-b", "data/in/a.txt", "-p", "single");
  expect(files("single")).toEqual(["in/a.txt"]);
});

it("replaces what is there", async () => {
  mkdirSync(project.path("old"));
  writeFileSync(project.path("old/top.txt"), "longer than before");
  await project.ok("get", "-b", "data/top.txt", "-p", "old");
  expect(readFileSync(project.path("old/top.txt"), "utf8")).toBe("t");
});

it("refuses by name keys that would leave the folder, and fetches the others", async () => {
  const outside = temporaryFolder();
  await fill("evil", {
    "../escaped.txt": "x",
    "a/../../up.txt": "x",
    [`${outside}/absolute.txt`]: "x",
    "good.txt": "g",
  });
  const { code, stdout, stderr } = await project.scar(["get", "-b", "evil", "-p", "target"]);
  expect(code).toBe(1);
  expect(stdout).toBe("Downloading file 'good.txt' from bucket 'evil' in path 'target/good.txt'.\n");
  expect(stderr).toContain("'../escaped.txt' was not downloaded");
  expect(stderr).toContain("3 of the files could not be downloaded");
  expect(files("target")).toEqual(["good.txt"]);
  expect(existsSync(project.path("escaped.txt"))).toBe(false);
  expect(readdirSync(outside)).toEqual([]);
});

it("leaves no empty file where a key cannot be written", async () => {
  await fill("clash", { a: "file", "a/b": "below it" });
  const { code } = await project.scar(["get", "-b", "clash", "-p", "clash"]);
  expect(code).toBe(1);
  expect(files("clash")).toHaveLength(1);
});

it("tells that there is no such bucket, and makes no folder", async () => {
  const { code, stderr } = await project.scar(["get", "-b", "nobucket", "-p", "none"]);
  expect(code).toBe(1);
  expect(stderr).toContain("Unable to find the bucket 'nobucket'.");
  expect(existsSync(project.path("none"))).toBe(false);
});

it("tells that there is nothing, and makes no folder", async () => {
  const { code, stdout, stderr } = await project.scar(["get", "-b", "data/inn", "-p", "nothing"]);
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "", stderr: "There is no file at 'data/inn'.\n" });
  expect(files("nothing")).toEqual([]);
});

it("refuses a file as its target", async () => {
  project.write("file.txt", "mine");
  const { code, stderr } = await project.scar(["get", "-b", "data", "-p", "file.txt"]);
  expect(code).toBe(1);
  expect(stderr).toContain("'file.txt' is a file");
  expect(readFileSync(project.path("file.txt"), "utf8")).toBe("mine");
});

it.runIf(existsSync("/proc/self"))("says once that the target folder cannot be made", async () => {
  const { code, stdout, stderr } = await project.scar(["get", "-b", "data/in", "-p", "/proc/nowhere"]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr.split("/proc/nowhere").length).toBeLessThanOrEqual(3);
  expect(stderr).toMatch(/^scar: cannot download to '\/proc\/nowhere': ENOENT/m);
});
