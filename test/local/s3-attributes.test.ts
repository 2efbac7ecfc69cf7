import { randomBytes } from "node:crypto";
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { s3Client } from "../helpers/local-clients.ts";

const MiB = 1024 * 1024;
const Bucket = "attributes";
const parts = [randomBytes(5 * MiB), randomBytes(6 * MiB), randomBytes(7)];
let local: TestLocal;
let s3: S3Client;

beforeAll(async () => {
  local = await startTestLocal();
  s3 = s3Client(local.server);
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutObjectCommand({ Bucket, Key: "whole", Body: "content" }));
  const target = { Bucket, Key: "parts" };
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ ...target, ChecksumAlgorithm: "SHA256" }));
  const Parts = [];
  for (const [i, Body] of parts.entries()) {
    const PartNumber = i + 1;
    const { ETag, ChecksumSHA256 } = await s3.send(
      new UploadPartCommand({ ...target, UploadId, PartNumber, Body, ChecksumAlgorithm: "SHA256" }),
    );
    Parts.push({ PartNumber, ETag, ChecksumSHA256 });
  }
  await s3.send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } }));
});
afterAll(() => local?.stop());

describe("partNumber", () => {
  it("reads each part, with its own checksum and how many there are", async () => {
    let start = 0;
    for (const [i, part] of parts.entries()) {
      const got = await s3.send(
        new GetObjectCommand({ Bucket, Key: "parts", PartNumber: i + 1, ChecksumMode: "ENABLED" }),
      );
      expect(got).toMatchObject({
        $metadata: { httpStatusCode: 206 },
        PartsCount: 3,
        ContentLength: part.length,
        ContentRange: `bytes ${start}-${start + part.length - 1}/${11 * MiB + 7}`,
        ChecksumType: "COMPOSITE",
      });
      expect(Buffer.from(await got.Body!.transformToByteArray()).equals(part)).toBe(true);
      start += part.length;
    }
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: "parts", PartNumber: 3 }));
    expect(head).toMatchObject({ ContentLength: 7, PartsCount: 3 });
    expect(await s3.send(new HeadObjectCommand({ Bucket, Key: "parts" }))).not.toHaveProperty("PartsCount");
  });

  it("1 of an object that was put whole is all of it", async () => {
    const got = await s3.send(new GetObjectCommand({ Bucket, Key: "whole", PartNumber: 1, ChecksumMode: "ENABLED" }));
    expect(got).toMatchObject({ ContentRange: "bytes 0-6/7", ChecksumType: "FULL_OBJECT" });
    expect(got).not.toHaveProperty("PartsCount");
    expect(await got.Body!.transformToString()).toBe("content");
  });

  it.each([
    [4, "parts", undefined, "InvalidPartNumber", 416],
    [2, "whole", undefined, "InvalidPartNumber", 416],
    [0, "parts", undefined, "InvalidArgument", 400],
    [1, "parts", "bytes=0-1", "InvalidRequest", 400],
  ])("%i of %s with the range %s is refused", (PartNumber, Key, Range, name, httpStatusCode) =>
    expect(s3.send(new GetObjectCommand({ Bucket, Key, PartNumber, Range }))).rejects.toMatchObject({
      name,
      $metadata: { httpStatusCode },
    }),
  );
});

describe("GetObjectAttributes", () => {
  const attributes = (Key: string, more = {}) =>
    s3.send(
      new GetObjectAttributesCommand({
        Bucket,
        Key,
        ObjectAttributes: ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"],
        ...more,
      }),
    );

  it("tells all of an object that was put whole", async () => {
    const { $metadata: _, LastModified, Checksum, ...rest } = await attributes("whole");
    expect(LastModified).toBeInstanceOf(Date);
    expect(Checksum).toMatchObject({ ChecksumType: "FULL_OBJECT", ChecksumCRC32: expect.any(String) });
    expect(rest).toEqual({ ETag: "9a0364b9e99bb480dd25e1f0284c8555", StorageClass: "STANDARD", ObjectSize: 7 });
  });

  it("tells what was asked for only", async () => {
    const { $metadata: _, LastModified: __, ...rest } = await attributes("whole", { ObjectAttributes: ["ObjectSize"] });
    expect(rest).toEqual({ ObjectSize: 7 });
    await expect(attributes("whole", { ObjectAttributes: ["Colour"] })).rejects.toMatchObject({
      name: "InvalidArgument",
    });
    await expect(attributes("missing")).rejects.toMatchObject({ name: "NoSuchKey" });
  });

  it("tells the parts in pages", async () => {
    expect((await attributes("parts", { MaxParts: 2 })).ObjectParts).toMatchObject({
      TotalPartsCount: 3,
      IsTruncated: true,
      NextPartNumberMarker: "2",
      Parts: [{ PartNumber: 1, Size: 5 * MiB, ChecksumSHA256: expect.any(String) }, { PartNumber: 2 }],
    });
    expect((await attributes("parts", { PartNumberMarker: 2 })).ObjectParts).toMatchObject({
      IsTruncated: false,
      Parts: [{ PartNumber: 3, Size: 7 }],
    });
  });
});

describe("versions", () => {
  it("are one for each object, called null", async () => {
    const first = await s3.send(new ListObjectVersionsCommand({ Bucket, MaxKeys: 1 }));
    expect(first).toMatchObject({
      IsTruncated: true,
      NextKeyMarker: "parts",
      NextVersionIdMarker: "null",
      Versions: [{ Key: "parts", VersionId: "null", IsLatest: true, Size: 11 * MiB + 7 }],
    });
    const rest = await s3.send(
      new ListObjectVersionsCommand({ Bucket, KeyMarker: first.NextKeyMarker, VersionIdMarker: "null" }),
    );
    expect(rest.Versions?.map(({ Key }) => Key)).toEqual(["whole"]);
    expect(rest.IsTruncated).toBe(false);
    await expect(s3.send(new ListObjectVersionsCommand({ Bucket, VersionIdMarker: "x" }))).rejects.toMatchObject({
      name: "InvalidArgument",
    });
  });

  it("null is the object; another is refused", async () => {
    await s3.send(new HeadObjectCommand({ Bucket, Key: "whole", VersionId: "null" }));
    const VersionId = "HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD";
    const wrong = { Bucket, Key: "whole", VersionId };
    const refusal = { name: "InvalidArgument", message: "Invalid version id specified" };
    await expect(s3.send(new GetObjectCommand(wrong))).rejects.toMatchObject(refusal);
    await expect(s3.send(new DeleteObjectCommand(wrong))).rejects.toMatchObject(refusal);
    await s3.send(new PutObjectCommand({ Bucket, Key: "gone", Body: "x" }));
    const Objects = [
      { Key: "whole", VersionId },
      { Key: "gone", VersionId: "null" },
    ];
    const result = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect(result).toMatchObject({
      Deleted: [{ Key: "gone", VersionId: "null" }],
      Errors: [{ Key: "whole", VersionId, Code: "NoSuchVersion" }],
    });
  });
});
