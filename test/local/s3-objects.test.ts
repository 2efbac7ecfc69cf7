import { createHash, randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { s3Client } from "../helpers/local-clients.ts";

let local: TestLocal;
let s3: S3Client;
const Bucket = "objects";

beforeAll(async () => {
  local = await startTestLocal();
  s3 = s3Client(local.server);
  await s3.send(new CreateBucketCommand({ Bucket }));
});
afterAll(() => local.stop());

const put = (
  Key: string,
  Body: NonNullable<PutObjectCommandInput["Body"]>,
  more: Partial<PutObjectCommandInput> = {},
) => s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const get = (Key: string, more: Partial<GetObjectCommandInput> = {}) =>
  s3.send(new GetObjectCommand({ Bucket, Key, ...more }));
const text = async (Key: string, more: Partial<GetObjectCommandInput> = {}) =>
  (await get(Key, more)).Body!.transformToString();

describe("buckets", () => {
  it("are made, listed with their region, found and deleted when empty", async () => {
    await s3.send(
      new CreateBucketCommand({ Bucket: "elsewhere", CreateBucketConfiguration: { LocationConstraint: "eu-west-3" } }),
    );
    const location = await s3.send(new GetBucketLocationCommand({ Bucket: "elsewhere" }));
    expect(location.LocationConstraint).toBe("eu-west-3");
    const { Buckets } = await s3.send(new ListBucketsCommand({}));
    expect(Buckets!.map((b) => b.Name)).toEqual(["elsewhere", "objects"]);
    expect((await s3.send(new HeadBucketCommand({ Bucket: "elsewhere" }))).BucketRegion).toBe("eu-west-3");
    await s3.send(new DeleteBucketCommand({ Bucket: "elsewhere" }));
    await expect(s3.send(new HeadBucketCommand({ Bucket: "elsewhere" }))).rejects.toMatchObject({ name: "NotFound" });
  });

  it("made again: fine in us-east-1, refused elsewhere", async () => {
    await s3.send(new CreateBucketCommand({ Bucket }));
    const config = { Bucket: "twice", CreateBucketConfiguration: { LocationConstraint: "eu-west-1" } } as const;
    await s3.send(new CreateBucketCommand(config));
    await expect(s3.send(new CreateBucketCommand(config))).rejects.toMatchObject({ name: "BucketAlreadyOwnedByYou" });
  });

  it.each(["Upper", "ab", "a..b", "192.168.0.1", "-start", "under_score", "x".repeat(64)])(
    "name %s is refused",
    (name) =>
      expect(s3.send(new CreateBucketCommand({ Bucket: name }))).rejects.toMatchObject({ name: "InvalidBucketName" }),
  );

  it("with objects are not deleted", async () => {
    await put("something", "x");
    await expect(s3.send(new DeleteBucketCommand({ Bucket }))).rejects.toMatchObject({ name: "BucketNotEmpty" });
  });

  it("missing: NoSuchBucket", () =>
    expect(s3.send(new PutObjectCommand({ Bucket: "missing", Key: "k", Body: "x" }))).rejects.toMatchObject({
      name: "NoSuchBucket",
    }));

  it("an operation that is known and not served says its name", () =>
    expect(s3.send(new PutBucketPolicyCommand({ Bucket, Policy: "{}" }))).rejects.toMatchObject({
      name: "NotImplemented",
      message: expect.stringContaining("PutBucketPolicy"),
      $metadata: { httpStatusCode: 501 },
    }));
});

describe("objects", () => {
  it.each([
    "plain.txt",
    "a b+c&d=e?f#g%20h",
    "ünï/cødé/日本/🎉",
    "../../etc/passwd",
    "./a//b/",
    "control\u0001\r\n\u007f",
    "k".repeat(1024),
  ])("key %j comes back as it was put", async (key) => {
    await put(key, `content of ${key}`);
    expect(await text(key)).toBe(`content of ${key}`);
  });

  it("a key of more than 1024 bytes is refused", () =>
    expect(put("ü".repeat(513), "x")).rejects.toMatchObject({ name: "KeyTooLongError" }));

  it("keep type, encoding, user metadata and ETag", async () => {
    const body = randomBytes(1000);
    await put("meta", body, {
      ContentType: "image/png",
      ContentEncoding: "gzip",
      CacheControl: "no-store",
      ACL: "private",
      Metadata: { colour: "blue" },
    });
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: "meta" }));
    expect(head).toMatchObject({
      ContentLength: 1000,
      ContentType: "image/png",
      ContentEncoding: "gzip",
      CacheControl: "no-store",
      Metadata: { colour: "blue" },
      ETag: `"${createHash("md5").update(body).digest("hex")}"`,
    });
  });

  it("an empty one is an object like any other", async () => {
    await put("folder/", "");
    expect(await text("folder/")).toBe("");
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key: "folder/" }))).ContentLength).toBe(0);
  });

  it.each([
    ["bytes=0-3", "0123", "bytes 0-3/10"],
    ["bytes=7-", "789", "bytes 7-9/10"],
    ["bytes=-2", "89", "bytes 8-9/10"],
    ["bytes=5-100", "56789", "bytes 5-9/10"],
  ])("range %s", async (Range, expected, ContentRange) => {
    await put("range", "0123456789");
    const got = await get("range", { Range });
    expect(await got.Body!.transformToString()).toBe(expected);
    expect(got).toMatchObject({ ContentRange, ContentLength: expected.length });
  });

  it("a range behind the end is refused", async () => {
    await put("range", "0123456789");
    await expect(get("range", { Range: "bytes=10-" })).rejects.toMatchObject({ name: "InvalidRange" });
  });

  it.each(["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const)(
    "streamed with a trailing %s, which is checked, kept and given back",
    async (ChecksumAlgorithm) => {
      const body = randomBytes(300_000);
      const chunks = [body.subarray(0, 100_000), body.subarray(100_000)];
      await put("streamed", Readable.from(chunks), { ContentLength: body.length, ChecksumAlgorithm });
      const got = await get("streamed", { ChecksumMode: "ENABLED" });
      expect(got).toHaveProperty(`Checksum${ChecksumAlgorithm}`, expect.any(String));
      expect(Buffer.from(await got.Body!.transformToByteArray()).equals(body)).toBe(true);
    },
  );

  it("a wrong checksum or MD5 stores nothing", async () => {
    await expect(put("bad", "x", { ChecksumCRC32: "AAAAAA==" })).rejects.toMatchObject({ name: "BadDigest" });
    const ContentMD5 = createHash("md5").update("other").digest("base64");
    await expect(put("bad", "x", { ContentMD5 })).rejects.toMatchObject({ name: "BadDigest" });
    await expect(get("bad")).rejects.toMatchObject({ name: "NoSuchKey" });
  });

  it("conditional writes: only one of many creators wins", async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, (_, i) => put("only-one", `writer ${i}`, { IfNoneMatch: "*" })),
    );
    expect(results.filter((r) => r.status === "fulfilled")).toHaveLength(1);
    for (const r of results) if (r.status === "rejected") expect(r.reason.name).toBe("PreconditionFailed");
  });

  it("conditional reads", async () => {
    const { ETag } = await put("conditional", "x");
    await expect(get("conditional", { IfMatch: '"0"' })).rejects.toMatchObject({ name: "PreconditionFailed" });
    await expect(get("conditional", { IfNoneMatch: ETag })).rejects.toMatchObject({
      $metadata: { httpStatusCode: 304 },
    });
    expect(await text("conditional", { IfMatch: ETag })).toBe("x");
  });

  it("a reader keeps what it began to read", async () => {
    const body = randomBytes(3_000_000);
    await put("replaced", body);
    const got = await get("replaced");
    await put("replaced", "new");
    await s3.send(new DeleteObjectCommand({ Bucket, Key: "replaced" }));
    expect(Buffer.from(await got.Body!.transformToByteArray()).equals(body)).toBe(true);
  });

  it("keep their storage class, which shows; what is archived is not read", async () => {
    await put("infrequent", "x", { StorageClass: "STANDARD_IA" });
    expect((await get("infrequent")).StorageClass).toBe("STANDARD_IA");
    await put("archived", "x", { StorageClass: "GLACIER" });
    await expect(get("archived")).rejects.toMatchObject({ name: "InvalidObjectState", StorageClass: "GLACIER" });
    const CopySource = `${Bucket}/archived`;
    await expect(s3.send(new CopyObjectCommand({ Bucket, Key: "copy", CopySource }))).rejects.toMatchObject({
      name: "InvalidObjectState",
    });
    const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: "archived" }));
    expect(Contents).toMatchObject([{ StorageClass: "GLACIER" }]);
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key: "archived" }))).StorageClass).toBe("GLACIER");
    await expect(put("k", "x", { StorageClass: "OUTPOSTS" })).rejects.toMatchObject({ name: "InvalidStorageClass" });
  });

  it("what asks for more than is served is refused by name, not ignored", async () => {
    await expect(put("redirect", "x", { WebsiteRedirectLocation: "/other" })).rejects.toMatchObject({
      name: "NotImplemented",
      message: expect.stringContaining("x-amz-website-redirect-location"),
    });
    await expect(put("encrypted", "x", { ServerSideEncryption: "aws:kms" })).rejects.toMatchObject({
      name: "NotImplemented",
    });
  });
});

describe("copies", () => {
  it("keep or replace the metadata and outlive the source", async () => {
    await put("source ü", "content", { Metadata: { a: "1" } });
    const CopySource = `${Bucket}/${encodeURIComponent("source ü")}`;
    await s3.send(new CopyObjectCommand({ Bucket, Key: "copy", CopySource }));
    const other = { Bucket, Key: "other", CopySource, MetadataDirective: "REPLACE", Metadata: { b: "2" } } as const;
    await s3.send(new CopyObjectCommand(other));
    await s3.send(new DeleteObjectCommand({ Bucket, Key: "source ü" }));
    const copy = await get("copy");
    expect(copy.Metadata).toEqual({ a: "1" });
    expect(await copy.Body!.transformToString()).toBe("content");
    expect((await get("other")).Metadata).toEqual({ b: "2" });
    await expect(s3.send(new CopyObjectCommand({ Bucket, Key: "copy", CopySource }))).rejects.toMatchObject({
      name: "NoSuchKey",
    });
  });

  it("onto itself with another storage class are a change", async () => {
    await put("itself", "x", { Metadata: { a: "1" } });
    const itself = { Bucket, Key: "itself", CopySource: `${Bucket}/itself` };
    await s3.send(new CopyObjectCommand({ ...itself, StorageClass: "GLACIER_IR" }));
    expect(await get("itself")).toMatchObject({ StorageClass: "GLACIER_IR", Metadata: { a: "1" } });
  });

  it("of an object that came in parts have its plain MD5 as ETag", async () => {
    const body = randomBytes(6 * 1024 * 1024);
    await new Upload({ client: s3, params: { Bucket, Key: "in-parts", Body: body } }).done();
    const copy = { Bucket, Key: "in-one", CopySource: `${Bucket}/in-parts` };
    const { CopyObjectResult } = await s3.send(new CopyObjectCommand(copy));
    expect(CopyObjectResult?.ETag).toBe(`"${createHash("md5").update(body).digest("hex")}"`);
    expect(Buffer.from(await (await get("in-one")).Body!.transformToByteArray()).equals(body)).toBe(true);
  });

  it("onto itself without a change are refused", async () => {
    await put("self", "x");
    await expect(
      s3.send(new CopyObjectCommand({ Bucket, Key: "self", CopySource: `${Bucket}/self` })),
    ).rejects.toMatchObject({ name: "InvalidRequest" });
  });
});

describe("deleting", () => {
  it("one, and one that is not there", async () => {
    await put("gone", "x");
    await s3.send(new DeleteObjectCommand({ Bucket, Key: "gone" }));
    await s3.send(new DeleteObjectCommand({ Bucket, Key: "gone" }));
    await expect(get("gone")).rejects.toMatchObject({ name: "NoSuchKey" });
  });

  it("many, with keys that XML must escape", async () => {
    const keys = ["<a>&\"'", "line\r\nbreak", "  spaces  ", "12"];
    for (const key of keys) await put(key, "x");
    const Objects = [...keys, "never there"].map((Key) => ({ Key }));
    const result = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect(result.Deleted?.map((d) => d.Key)).toEqual([...keys, "never there"]);
    for (const key of keys) await expect(get(key)).rejects.toMatchObject({ name: "NoSuchKey" });
  });
});
