import { createHash } from "node:crypto";
import { createReadStream, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand, HeadObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { ObjectStore } from "../../src/supervisor/storage/object-store.ts";
import { createS3Store } from "../../src/supervisor/storage/s3.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { s3Client } from "../helpers/local-clients.ts";

const MB = 1024 * 1024;

let local: TestLocal;
let s3: S3Client;
let folder: string;
let store: ObjectStore;

beforeAll(async () => {
  local = await startTestLocal();
  // The store finds credentials as it does in Lambda: in the environment.
  Object.assign(process.env, local.env);
  s3 = s3Client(local.server);
  await s3.send(new CreateBucketCommand({ Bucket: "store" }));
  folder = mkdtempSync(join(tmpdir(), "scar-store-"));
  store = createS3Store({ customEndpoint: true }, MB);
});
afterAll(async () => {
  s3?.destroy();
  await local?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function digest(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest("hex");
}

it.each([
  ["in one piece", MB, /^"[0-9a-f]{32}"$/],
  ["in parts, above the limit of one piece", 40 * MB + 7, /-3"$/],
  ["when it is empty", 0, /^"d41d8cd98f00b204e9800998ecf8427e"$/],
])("brings a file there and back %s", async (_, size, etag) => {
  const [from, to] = [join(folder, `from-${size}`), join(folder, `to-${size}`)];
  writeFileSync(from, Buffer.alloc(size, "0123456789abcdef!"));
  await store.upload(from, size, "store", `a b/${size}`);
  expect((await s3.send(new HeadObjectCommand({ Bucket: "store", Key: `a b/${size}` }))).ETag).toMatch(etag);
  await store.download("store", `a b/${size}`, to);
  expect(statSync(to).size).toBe(size);
  expect(await digest(to)).toBe(await digest(from));
});

it("never writes over a file", async () => {
  const file = join(folder, "there");
  writeFileSync(file, "mine");
  await store.upload(file, 4, "store", "other");
  await expect(store.download("store", "other", file)).rejects.toThrow(/EEXIST/);
  expect(readFileSync(file, "utf8")).toBe("mine");
});

it("names bucket, key and reason of what fails", async () => {
  await expect(store.download("store", "gone", join(folder, "x"))).rejects.toThrow(
    "download of s3://store/gone failed: NoSuchKey",
  );
  await expect(store.upload(join(folder, "no-file"), 1, "store", "k")).rejects.toThrow(
    /upload of s3:\/\/store\/k failed: ENOENT/,
  );
  await expect(store.upload(folder, 1, "store", "k")).rejects.toThrow(/upload of s3:\/\/store\/k failed: EISDIR/);
});
