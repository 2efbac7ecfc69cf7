import { randomBytes } from "node:crypto";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { s3Client } from "../helpers/local-clients.ts";

const MiB = 1024 * 1024;
const Bucket = "multipart";
let local: TestLocal;
let s3: S3Client;

beforeAll(async () => {
  local = await startTestLocal();
  s3 = s3Client(local.server);
  await s3.send(new CreateBucketCommand({ Bucket }));
});
afterAll(() => local.stop());

async function begin(Key: string): Promise<{ Bucket: string; Key: string; UploadId: string }> {
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key, Metadata: { a: "1" } }));
  return { Bucket, Key, UploadId: UploadId! };
}

const bytes = async (Key: string, Range?: string) =>
  Buffer.from(await (await s3.send(new GetObjectCommand({ Bucket, Key, Range }))).Body!.transformToByteArray());

it("lib-storage uploads in parts; ranges are read across them", async () => {
  const body = randomBytes(11 * MiB);
  await new Upload({ client: s3, params: { Bucket, Key: "big", Body: body }, partSize: 5 * MiB }).done();
  expect((await bytes("big")).equals(body)).toBe(true);
  const across = await bytes("big", `bytes=${5 * MiB - 3}-${10 * MiB + 2}`);
  expect(across.equals(body.subarray(5 * MiB - 3, 10 * MiB + 3))).toBe(true);
  const { ETag } = await s3.send(new GetObjectCommand({ Bucket, Key: "big", Range: "bytes=0-0" }));
  expect(ETag).toMatch(/^"[0-9a-f]{32}-3"$/);
});

it("parts can be sent in any order and again, are listed, survive the server, and become the object in order", async () => {
  const upload = await begin("ordered");
  const parts = [randomBytes(5 * MiB), randomBytes(100)];
  const second = await s3.send(new UploadPartCommand({ ...upload, PartNumber: 7, Body: parts[1]! }));
  await s3.send(new UploadPartCommand({ ...upload, PartNumber: 2, Body: "wrong at first" }));
  const first = await s3.send(new UploadPartCommand({ ...upload, PartNumber: 2, Body: parts[0]! }));

  await local.restart("killed");

  const listed = await s3.send(new ListPartsCommand(upload));
  expect(listed.Parts?.map((p) => [p.PartNumber, p.Size])).toEqual([
    [2, 5 * MiB],
    [7, 100],
  ]);
  const Parts = [
    { PartNumber: 2, ETag: first.ETag },
    { PartNumber: 7, ETag: second.ETag },
  ];
  await s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }));
  expect((await bytes("ordered")).equals(Buffer.concat(parts))).toBe(true);
  await expect(s3.send(new ListPartsCommand(upload))).rejects.toMatchObject({ name: "NoSuchUpload" });
});

it("refuses what does not fit together", async () => {
  const upload = await begin("refused");
  const { ETag } = await s3.send(new UploadPartCommand({ ...upload, PartNumber: 1, Body: "small" }));
  await s3.send(new UploadPartCommand({ ...upload, PartNumber: 2, Body: "small" }));
  const complete = (Parts: { PartNumber: number; ETag: string | undefined }[]) =>
    s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }));
  const one = { PartNumber: 1, ETag };
  const two = { PartNumber: 2, ETag };
  await expect(complete([one, two])).rejects.toMatchObject({ name: "EntityTooSmall" });
  await expect(complete([two, one])).rejects.toMatchObject({ name: "InvalidPartOrder" });
  await expect(complete([{ PartNumber: 3, ETag }])).rejects.toMatchObject({ name: "InvalidPart" });
  await expect(complete([{ PartNumber: 1, ETag: '"0"' }])).rejects.toMatchObject({ name: "InvalidPart" });
  await expect(s3.send(new UploadPartCommand({ ...upload, PartNumber: 10_001, Body: "x" }))).rejects.toMatchObject({
    name: "InvalidArgument",
  });
  await complete([one]);
  expect((await bytes("refused")).toString()).toBe("small");
});

it("aborted uploads are gone; a bucket that has only them can be deleted", async () => {
  await s3.send(new CreateBucketCommand({ Bucket: "aborted" }));
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket: "aborted", Key: "k" }));
  const { Uploads } = await s3.send(new ListMultipartUploadsCommand({ Bucket: "aborted" }));
  expect(Uploads?.map((u) => [u.Key, u.UploadId])).toEqual([["k", UploadId]]);
  await s3.send(new AbortMultipartUploadCommand({ Bucket: "aborted", Key: "k", UploadId }));
  expect((await s3.send(new ListMultipartUploadsCommand({ Bucket: "aborted" }))).Uploads).toBeUndefined();
  await s3.send(new DeleteBucketCommand({ Bucket: "aborted" }));
});

it("parts are copied from objects, whole or in ranges", async () => {
  const body = randomBytes(6 * MiB);
  await s3.send(new PutObjectCommand({ Bucket, Key: "source", Body: body }));
  const upload = { ...(await begin("copied")), CopySource: `${Bucket}/source` };
  const one = await s3.send(new UploadPartCopyCommand({ ...upload, PartNumber: 1 }));
  const CopySourceRange = "bytes=10-19";
  const two = await s3.send(new UploadPartCopyCommand({ ...upload, PartNumber: 2, CopySourceRange }));
  const Parts = [
    { PartNumber: 1, ETag: one.CopyPartResult?.ETag },
    { PartNumber: 2, ETag: two.CopyPartResult?.ETag },
  ];
  await s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }));
  expect((await bytes("copied")).equals(Buffer.concat([body, body.subarray(10, 20)]))).toBe(true);
});
