import { createHash } from "node:crypto";
import { createReadStream, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { CreateBucketCommand, HeadObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ScarError } from "../../src/errors.ts";
import type { ObjectStore } from "../../src/supervisor/storage/object-store.ts";
import { createS3Store } from "../../src/supervisor/storage/s3.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { s3Client } from "../helpers/local-clients.ts";

const MB = 1024 * 1024;

let local: TestLocal;
let s3: S3Client;
let folder: string;
let store: ObjectStore;
const { signal } = new AbortController();
const at = (key: string, bucket = "store") => ({ bucket, key });

beforeAll(async () => {
  local = await startTestLocal();
  // The store finds credentials as it does in Lambda: in the environment.
  Object.assign(process.env, local.env);
  s3 = s3Client(local.server);
  await s3.send(new CreateBucketCommand({ Bucket: "store" }));
  folder = mkdtempSync(join(tmpdir(), "scar-store-"));
  store = createS3Store({ customEndpoint: true }, { debug: () => {} });
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

function crc32Of(file: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(readFileSync(file)));
  return bytes.toString("base64");
}

describe.each([
  ["as on AWS, with checksums", false],
  ["as to servers that may know none", true],
])("a store %s", (_, customEndpoint) => {
  it.each([
    ["in one piece", MB, /^"[0-9a-f]{32}"$/],
    ["in parts, above the limit of one piece", 40 * MB + 7, /-3"$/],
    ["when it is empty", 0, /^"d41d8cd98f00b204e9800998ecf8427e"$/],
  ])("brings a file there and back %s", async (_, size, etag) => {
    const own = createS3Store({ customEndpoint }, { debug: () => {} });
    const [from, to, key] = [join(folder, "from"), join(folder, "to"), `a b/${size}`];
    writeFileSync(from, Buffer.alloc(size, "0123456789abcdef!"));
    expect(await own.upload(from, at(key), signal)).toBe(size);
    const head = await s3.send(new HeadObjectCommand({ Bucket: "store", Key: key, ChecksumMode: "ENABLED" }));
    expect(head.ETag).toMatch(etag);
    if (!customEndpoint) expect(head).toMatchObject({ ChecksumCRC32: crc32Of(from), ChecksumType: "FULL_OBJECT" });
    await own.download(at(key), to, signal);
    expect(statSync(to).size).toBe(size);
    expect(await digest(to)).toBe(await digest(from));
    rmSync(to);
  });
});

it("moves a file of many parts without a warning of Node's in the log", async () => {
  const warnings: string[] = [];
  const note = (warning: Error): void => void warnings.push(warning.message);
  process.on("warning", note);
  const limits = { largestPut: MB, part: 5 * MB, requests: 16, partsPerFile: 16, silenceMs: 30_000 };
  const small = createS3Store({ customEndpoint: true }, { debug: () => {} }, { limits });
  const [from, to] = [join(folder, "many"), join(folder, "many-back")];
  writeFileSync(from, Buffer.alloc(100 * MB, "0123456789abcdef!"));
  await small.upload(from, at("many"), signal);
  await small.download(at("many"), to, signal);
  expect(await digest(to)).toBe(await digest(from));
  process.off("warning", note);
  expect(warnings).toEqual([]);
});

it("never writes over a file", async () => {
  const file = join(folder, "there");
  writeFileSync(file, "mine");
  await store.upload(file, at("other"), signal);
  await expect(store.download(at("other"), file, signal)).rejects.toThrow(/EEXIST/);
  expect(readFileSync(file, "utf8")).toBe("mine");
});

it("names bucket, key, reason and what to do of what fails, at once", async () => {
  const started = Date.now();
  const file = join(folder, "some");
  writeFileSync(file, "1");
  await expect(store.download(at("gone"), join(folder, "x"), signal)).rejects.toMatchObject({
    message: expect.stringContaining("download of s3://store/gone failed: NoSuchKey"),
    hint: "the object was deleted since its event",
  });
  expect(existsSync(join(folder, "x"))).toBe(false);
  await expect(store.upload(file, at("k", "no-such-bucket"), signal)).rejects.toMatchObject({
    message: expect.stringContaining("upload of s3://no-such-bucket/k failed: NoSuchBucket"),
    hint: "create the bucket 'no-such-bucket', or correct the function's output",
  });
  await expect(store.upload(file, at("k".repeat(1025)), signal)).rejects.toMatchObject({
    message: expect.stringContaining("KeyTooLongError"),
    hint: expect.stringContaining("1024 bytes"),
  });
  await expect(store.upload(join(folder, "no-file"), at("k"), signal)).rejects.toThrow(
    /upload of s3:\/\/store\/k failed: ENOENT/,
  );
  await expect(store.upload(folder, at("k"), signal)).rejects.toThrow(/upload of s3:\/\/store\/k failed: .*not a file/);
  // Nothing of this is a matter of waiting.
  expect(Date.now() - started).toBeLessThan(20_000);
});

it("ends with the reason of the one who has no more time", async () => {
  const late = new ScarError("TransferTimedOut", "its time is over", { hint: "raise it" });
  await expect(store.download(at("other"), join(folder, "late"), AbortSignal.abort(late))).rejects.toMatchObject({
    code: "TransferTimedOut",
    message: "download of s3://store/other failed: its time is over",
    hint: "raise it",
  });
  expect(existsSync(join(folder, "late"))).toBe(false);
});
