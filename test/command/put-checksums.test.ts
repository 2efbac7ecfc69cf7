/** What `put` sends to AWS itself: with the SDK's default checksums, which a custom endpoint (and so the other tests of `put`) is not sent. */
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { CreateBucketCommand, GetObjectCommand, HeadObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, it } from "vitest";
import { uploadFile } from "../../src/providers/aws/controllers/upload.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { s3Client } from "../helpers/local-clients.ts";
import { temporaryFolder } from "../helpers/run.ts";

let local: TestLocal;
beforeAll(async () => {
  local = await startTestLocal();
});
afterAll(() => local?.stop());

it.each([
  ["in one request", 1000],
  ["in parts, each with its own", 17 * 1024 * 1024],
])("a file goes %s", async (_, size) => {
  const s3 = s3Client(local.server);
  expect(await s3.config.requestChecksumCalculation()).toBe("WHEN_SUPPORTED");
  const [bucket, key] = [`checksums-${size}`, "file.bin"];
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  const path = join(temporaryFolder(), key);
  const content = randomBytes(size);
  writeFileSync(path, content);
  await uploadFile(async () => s3, { path, size, bucket, key, signal: new AbortController().signal });
  const of = { Bucket: bucket, Key: key };
  const { ChecksumCRC32 } = await s3.send(new HeadObjectCommand({ ...of, ChecksumMode: "ENABLED" }));
  expect(ChecksumCRC32).toMatch(size > 10_000 ? /^.{8}-2$/ : /^.{8}$/);
  const { Body } = await s3.send(new GetObjectCommand(of));
  expect(Buffer.from(await Body!.transformToByteArray()).equals(content)).toBe(true);
  s3.destroy();
});
