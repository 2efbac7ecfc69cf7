import { GetResourcesCommand, ResourceGroupsTaggingAPIClient } from "@aws-sdk/client-resource-groups-tagging-api";
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketTaggingCommand,
  DeleteObjectTaggingCommand,
  GetBucketTaggingCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
  type Tag,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig, s3Client } from "../helpers/local-clients.ts";

const Bucket = "tagged";
let local: TestLocal;
let s3: S3Client;

beforeAll(async () => {
  local = await startTestLocal();
  s3 = s3Client(local.server);
  await s3.send(new CreateBucketCommand({ Bucket }));
});
afterAll(() => local?.stop());

const put = (Key: string, Tagging?: string) => s3.send(new PutObjectCommand({ Bucket, Key, Body: "x", Tagging }));
const tagsOf = async (Key: string) => (await s3.send(new GetObjectTaggingCommand({ Bucket, Key }))).TagSet;
const tagObject = (Key: string, TagSet: Tag[]) =>
  s3.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet } }));
const tagBucket = (TagSet: Tag[]) => s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
const many = (count: number): Tag[] => Array.from({ length: count }, (_, i) => ({ Key: `k${i}`, Value: `v${i}` }));

describe("tags of objects", () => {
  it("are none at first, then those put last, counted by GET and HEAD, and none again", async () => {
    await put("k");
    expect(await tagsOf("k")).toEqual([]);
    await tagObject("k", many(10));
    await tagObject("k", [
      { Key: "Ünï code", Value: "a=b/c:d+e-f@g_h.i" },
      { Key: "empty", Value: "" },
    ]);
    expect(await tagsOf("k")).toEqual([
      { Key: "Ünï code", Value: "a=b/c:d+e-f@g_h.i" },
      { Key: "empty", Value: "" },
    ]);
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key: "k" }))).TagCount).toBe(2);
    await s3.send(new DeleteObjectTaggingCommand({ Bucket, Key: "k" }));
    expect(await tagsOf("k")).toEqual([]);
    expect(await s3.send(new GetObjectCommand({ Bucket, Key: "k" }))).not.toHaveProperty("TagCount");
  });

  it("come with the upload, whole or in parts, and are replaced with the object", async () => {
    await put("header", "a=1&b=with%20space&c");
    expect(await tagsOf("header")).toEqual([
      { Key: "a", Value: "1" },
      { Key: "b", Value: "with space" },
      { Key: "c", Value: "" },
    ]);
    await put("header");
    expect(await tagsOf("header")).toEqual([]);
    const target = { Bucket, Key: "parts" };
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ ...target, Tagging: "of=upload" }));
    const { ETag } = await s3.send(new UploadPartCommand({ ...target, UploadId, PartNumber: 1, Body: "x" }));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    await s3.send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload }));
    expect(await tagsOf("parts")).toEqual([{ Key: "of", Value: "upload" }]);
  });

  it("are copied unless others are asked for", async () => {
    await put("source", "a=1");
    const copy = { Bucket, Key: "copy", CopySource: `${Bucket}/source` };
    await s3.send(new CopyObjectCommand({ ...copy, Tagging: "ignored=1" }));
    expect(await tagsOf("copy")).toEqual([{ Key: "a", Value: "1" }]);
    await s3.send(new CopyObjectCommand({ ...copy, TaggingDirective: "REPLACE", Tagging: "b=2" }));
    expect(await tagsOf("copy")).toEqual([{ Key: "b", Value: "2" }]);
    await s3.send(new CopyObjectCommand({ ...copy, TaggingDirective: "REPLACE" }));
    expect(await tagsOf("copy")).toEqual([]);
  });

  it.each<[string, Tag[], string]>([
    ["too many", many(11), "BadRequest"],
    ["the same key twice", [...many(1), ...many(1)], "InvalidTag"],
    ["a long key", [{ Key: "k".repeat(129), Value: "" }], "InvalidTag"],
    ["a long value", [{ Key: "k", Value: "v".repeat(257) }], "InvalidTag"],
    ["a sign in the key", [{ Key: "a,b", Value: "" }], "InvalidTag"],
    ["AWS's own", [{ Key: "aws:x", Value: "" }], "InvalidTag"],
    ["no key", [{ Value: "" } as Tag], "MalformedXML"],
  ])("%s are refused", async (_, tags, name) => {
    await put("refused", "kept=1");
    await expect(tagObject("refused", tags)).rejects.toMatchObject({ name });
    expect(await tagsOf("refused")).toEqual([{ Key: "kept", Value: "1" }]);
  });

  it.each(["a=1&a=2", "a=1,b=2", "%ff<"])("in a header like %s are refused, and nothing is stored", async (header) => {
    await expect(put("never", header)).rejects.toMatchObject({ name: "InvalidArgument" });
    await expect(tagsOf("never")).rejects.toMatchObject({ name: "NoSuchKey" });
  });
});

describe("tags of buckets", () => {
  it("are none at first (an error), up to 50, and found by the tagging API", async () => {
    await expect(s3.send(new GetBucketTaggingCommand({ Bucket }))).rejects.toMatchObject({
      name: "NoSuchTagSet",
      $metadata: { httpStatusCode: 404 },
    });
    await tagBucket(many(50));
    await expect(tagBucket(many(51))).rejects.toMatchObject({ name: "BadRequest" });
    expect((await s3.send(new GetBucketTaggingCommand({ Bucket }))).TagSet).toEqual(many(50));
    await tagBucket([{ Key: "owner", Value: "me" }]);
    const tagging = new ResourceGroupsTaggingAPIClient(clientConfig(local.server));
    for (const type of ["s3", "s3:bucket"]) {
      const { ResourceTagMappingList } = await tagging.send(
        new GetResourcesCommand({ TagFilters: [{ Key: "owner", Values: ["me"] }], ResourceTypeFilters: [type] }),
      );
      expect(ResourceTagMappingList).toEqual([
        { ResourceARN: `arn:aws:s3:::${Bucket}`, Tags: [{ Key: "owner", Value: "me" }] },
      ]);
    }
    await s3.send(new DeleteBucketTaggingCommand({ Bucket }));
    await expect(s3.send(new GetBucketTaggingCommand({ Bucket }))).rejects.toMatchObject({ name: "NoSuchTagSet" });
  });

  it("can be given when the bucket is made", async () => {
    const Tags = [{ Key: "made", Value: "with" }];
    await s3.send(new CreateBucketCommand({ Bucket: "made-with-tags", CreateBucketConfiguration: { Tags } }));
    expect((await s3.send(new GetBucketTaggingCommand({ Bucket: "made-with-tags" }))).TagSet).toEqual(Tags);
  });
});

it("acknowledged tags survive the server's death", async () => {
  await put("durable");
  await tagObject("durable", many(3));
  await tagBucket(many(2));
  await local.restart("killed");
  expect(await tagsOf("durable")).toEqual(many(3));
  expect((await s3.send(new GetBucketTaggingCommand({ Bucket }))).TagSet).toEqual(many(2));
  await s3.send(new DeleteObjectTaggingCommand({ Bucket, Key: "durable" }));
  await local.restart("killed");
  expect(await tagsOf("durable")).toEqual([]);
});
