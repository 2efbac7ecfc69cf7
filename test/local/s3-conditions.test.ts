import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  type CopyObjectCommandInput,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { s3Client } from "../helpers/local-clients.ts";

const Bucket = "conditions";
const WRONG = '"00000000000000000000000000000000"';
const HOUR = 3_600_000;
let local: TestLocal;
let s3: S3Client;

beforeAll(async () => {
  local = await startTestLocal();
  s3 = s3Client(local.server);
  await s3.send(new CreateBucketCommand({ Bucket }));
});
afterAll(() => local?.stop());

const put = (Key: string, more: Partial<PutObjectCommandInput> = {}) =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body: `content of ${Key}`, ...more }));
const failed = { name: "PreconditionFailed", $metadata: { httpStatusCode: 412 } };
const exists = (Key: string) =>
  s3.send(new HeadObjectCommand({ Bucket, Key })).then(
    () => true,
    () => false,
  );

describe("writing", () => {
  it("only what is there as known, or only what is not there", async () => {
    await put("k", { IfNoneMatch: "*" });
    await expect(put("k", { IfNoneMatch: "*" })).rejects.toMatchObject(failed);
    await expect(put("k", { IfMatch: WRONG })).rejects.toMatchObject(failed);
    const { ETag } = await put("k");
    await put("k", { IfMatch: ETag });
    await expect(put("missing", { IfMatch: ETag })).rejects.toMatchObject({ name: "NoSuchKey" });
  });

  it.each([{ IfNoneMatch: WRONG }, { IfMatch: "*" }, { IfMatch: WRONG, IfNoneMatch: "*" }])(
    "on %j is not implemented on AWS either",
    (condition) =>
      expect(put("k", condition)).rejects.toMatchObject({
        name: "NotImplemented",
        message: "A header you provided implies functionality that is not implemented",
      }),
  );

  it("what was uploaded in parts", async () => {
    const begin = async () => {
      const target = { Bucket, Key: "parts" };
      const { UploadId } = await s3.send(new CreateMultipartUploadCommand(target));
      const { ETag } = await s3.send(new UploadPartCommand({ ...target, UploadId, PartNumber: 1, Body: "x" }));
      return { ...target, UploadId, MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] } };
    };
    const early = await begin();
    const { ETag } = await put("parts");
    const complete = (more: object, upload = early) =>
      s3.send(new CompleteMultipartUploadCommand({ ...upload, ...more }));
    await expect(complete({ IfNoneMatch: "*" })).rejects.toMatchObject(failed);
    await expect(complete({ IfMatch: WRONG })).rejects.toMatchObject(failed);
    // The object came while the upload was under way.
    await expect(complete({ IfMatch: ETag })).rejects.toMatchObject({
      name: "ConditionalRequestConflict",
      $metadata: { httpStatusCode: 409 },
    });
    await complete({ IfMatch: ETag }, await begin());
  });
});

describe("deleting", () => {
  it("only what is there as known", async () => {
    const { ETag } = await put("deleted");
    await expect(s3.send(new DeleteObjectCommand({ Bucket, Key: "deleted", IfMatch: WRONG }))).rejects.toMatchObject(
      failed,
    );
    expect(await exists("deleted")).toBe(true);
    await s3.send(new DeleteObjectCommand({ Bucket, Key: "deleted", IfMatch: ETag }));
    expect(await exists("deleted")).toBe(false);
    await put("deleted");
    await s3.send(new DeleteObjectCommand({ Bucket, Key: "deleted", IfMatch: "*" }));
    await expect(s3.send(new DeleteObjectCommand({ Bucket, Key: "deleted", IfMatch: "*" }))).rejects.toMatchObject(
      failed,
    );
    await expect(s3.send(new DeleteObjectCommand({ Bucket, Key: "deleted", IfMatchSize: 1 }))).rejects.toMatchObject({
      name: "NotImplemented",
    });
  });

  it("many, each on a condition of its own", async () => {
    const { ETag } = await put("one");
    await put("two");
    const Objects = [
      { Key: "one", ETag },
      { Key: "two", ETag: WRONG },
    ];
    const result = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect(result.Deleted).toEqual([{ Key: "one" }]);
    expect(result.Errors).toMatchObject([{ Key: "two", Code: "PreconditionFailed" }]);
    expect([await exists("one"), await exists("two")]).toEqual([false, true]);
  });

  it("many, quietly", async () => {
    await put("quiet");
    const Delete = { Objects: [{ Key: "quiet" }], Quiet: true };
    expect(await s3.send(new DeleteObjectsCommand({ Bucket, Delete }))).not.toHaveProperty("Deleted");
    expect(await exists("quiet")).toBe(false);
  });
});

describe("copying", () => {
  type Condition = (etag: string) => Partial<CopyObjectCommandInput>;
  const before = new Date(Date.now() - HOUR);
  const after = new Date(Date.now() + HOUR);

  it.each<[string, Condition, string | undefined]>([
    ["If-Match", (CopySourceIfMatch) => ({ CopySourceIfMatch }), undefined],
    ["If-Match, another", () => ({ CopySourceIfMatch: WRONG }), "x-amz-copy-source-If-Match"],
    ["If-None-Match", (CopySourceIfNoneMatch) => ({ CopySourceIfNoneMatch }), "x-amz-copy-source-If-None-Match"],
    ["If-None-Match, another", () => ({ CopySourceIfNoneMatch: WRONG }), undefined],
    ["If-Unmodified-Since", () => ({ CopySourceIfUnmodifiedSince: before }), "x-amz-copy-source-If-Unmodified-Since"],
    ["If-Unmodified-Since, later", () => ({ CopySourceIfUnmodifiedSince: after }), undefined],
    ["If-Modified-Since", () => ({ CopySourceIfModifiedSince: before }), undefined],
    ["If-Modified-Since in the future, which S3 ignores", () => ({ CopySourceIfModifiedSince: after }), undefined],
    [
      "If-Match beats If-Unmodified-Since",
      (CopySourceIfMatch) => ({ CopySourceIfMatch, CopySourceIfUnmodifiedSince: before }),
      undefined,
    ],
  ])("on %s", async (_, condition, Condition) => {
    const { ETag } = await put("source");
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: "target" }));
    const target = { Bucket, Key: "target", CopySource: `${Bucket}/source`, ...condition(ETag!) };
    for (const attempt of [
      () => s3.send(new CopyObjectCommand(target)),
      () => s3.send(new UploadPartCopyCommand({ ...target, UploadId, PartNumber: 1 })),
    ]) {
      if (Condition === undefined) await attempt();
      else await expect(attempt()).rejects.toMatchObject({ ...failed, Condition });
    }
  });
});
