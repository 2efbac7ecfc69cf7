import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { GetObjectCommand, HeadBucketCommand, ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { s3Client } from "../helpers/local-clients.ts";
import { documents, Project } from "./init-project.ts";

let local: TestLocal;
let project: Project;
let storage: S3Client;

beforeAll(async () => {
  local = await startTestLocal();
  project = new Project(local);
  storage = s3Client(local.server);
  mkdirSync(project.path("tree/sub/deep"), { recursive: true });
  for (const name of ["a.txt", "sub/a.txt", "sub/deep/ñ b+c.txt", ".hidden", "zero"]) {
    writeFileSync(project.path(`tree/${name}`), name === "zero" ? "" : name);
  }
});
afterAll(() => local.stop());

const keys = async (bucket: string): Promise<(string | undefined)[]> =>
  ((await storage.send(new ListObjectsV2Command({ Bucket: bucket }))).Contents ?? []).map((object) => object.Key);

it("makes bucket and folder for a file", async () => {
  expect(await project.ok("put", "-b", "one/in", "-p", "tree/a.txt")).toBe(
    "Uploading file 'tree/a.txt' to bucket 'one' with key 'in/a.txt'.\n",
  );
  expect(await keys("one")).toEqual(["in/", "in/a.txt"]);
});

it("answers with a document for each file", async () => {
  expect(documents(await project.ok("put", "-b", "docs/in", "-p", "tree/a.txt", "-j"))).toEqual([
    { Bucket: "docs", Key: "in/a.txt", Path: "tree/a.txt" },
  ]);
});

it("keeps a folder's structure", async () => {
  await project.ok("put", "-b", "two", "-p", "tree/");
  expect(await keys("two")).toEqual([".hidden", "a.txt", "sub/a.txt", "sub/deep/ñ b+c.txt", "zero"]);
  const { Body } = await storage.send(new GetObjectCommand({ Bucket: "two", Key: "sub/a.txt" }));
  expect(await Body!.transformToString()).toBe("sub/a.txt");
});

it("sends a large file in parts", async () => {
  const content = randomBytes(37 * 1024 * 1024 + 7);
  project.write("large.bin", content);
  await project.ok("put", "-b", "two/large", "-p", "large.bin");
  const { Body, ETag } = await storage.send(new GetObjectCommand({ Bucket: "two", Key: "large/large.bin" }));
  const sum = createHash("sha256").update(await Body!.transformToByteArray());
  expect(sum.digest("hex")).toBe(createHash("sha256").update(content).digest("hex"));
  expect(ETag).toContain("-3");
});

it("makes nothing for a path that is missing", async () => {
  const { code, stdout, stderr } = await project.scar(["put", "-b", "fresh/in", "-p", "no.txt"]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain("Unable to find the file to upload with path 'no.txt'");
  await expect(storage.send(new HeadBucketCommand({ Bucket: "fresh" }))).rejects.toThrow();
});

it("refuses a name that no bucket can have", async () => {
  const { code, stderr } = await project.scar(["put", "-b", "Bad_Name", "-p", "tree/a.txt"]);
  expect(code).toBe(2);
  expect(stderr).toContain("'Bad_Name' is not a valid bucket name");
});
