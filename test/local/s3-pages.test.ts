import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandInput,
  type ListMultipartUploadsCommandOutput,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutObjectCommand,
  paginateListBuckets,
  paginateListParts,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { s3Client } from "../helpers/local-clients.ts";

const Bucket = "pages";
let local: TestLocal;
let s3: S3Client;

beforeAll(async () => {
  local = await startTestLocal();
  s3 = s3Client(local.server);
  await s3.send(new CreateBucketCommand({ Bucket }));
});
afterAll(() => local?.stop());

describe("uploads under way", () => {
  const keys = ["a", "b", "b", "b", "dir/x", "dir/y", "dir2/z", "z ü"];
  const ids: string[] = [];

  beforeAll(async () => {
    for (const Key of keys) ids.push((await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }))).UploadId!);
  });

  async function walk(query: Partial<ListMultipartUploadsCommandInput>) {
    const uploads: string[] = [];
    const prefixes: string[] = [];
    for (let more: Partial<ListMultipartUploadsCommandInput> | undefined = {}; more; ) {
      const page: ListMultipartUploadsCommandOutput = await s3.send(
        new ListMultipartUploadsCommand({ Bucket, ...query, ...more }),
      );
      const size = (page.Uploads?.length ?? 0) + (page.CommonPrefixes?.length ?? 0);
      expect(size).toBeLessThanOrEqual(query.MaxUploads ?? 1000);
      uploads.push(...(page.Uploads ?? []).map(({ UploadId }) => UploadId!));
      prefixes.push(...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix!));
      more = page.IsTruncated
        ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker || undefined }
        : undefined;
    }
    return { uploads, prefixes };
  }

  it.each([1, 2, 3, 1000])("are listed whole and once by pages of %i, those of one key as they began", async (n) => {
    expect(await walk({ MaxUploads: n })).toEqual({ uploads: ids, prefixes: [] });
    expect(await walk({ MaxUploads: n, Prefix: "b" })).toEqual({ uploads: ids.slice(1, 4), prefixes: [] });
    expect(await walk({ MaxUploads: n, Delimiter: "/" })).toEqual({
      uploads: [...ids.slice(0, 4), ids[7]],
      prefixes: ["dir/", "dir2/"],
    });
  });

  it("with encoded names; behind a key; not behind an upload of another key", async () => {
    const list = (more: Partial<ListMultipartUploadsCommandInput>) =>
      s3.send(new ListMultipartUploadsCommand({ Bucket, ...more }));
    const { Uploads } = await list({ EncodingType: "url", KeyMarker: "dir2/z" });
    expect(Uploads).toMatchObject([{ Key: "z+%C3%BC", StorageClass: "STANDARD", Owner: {}, Initiator: {} }]);
    await expect(list({ KeyMarker: "a", UploadIdMarker: ids[1] })).rejects.toMatchObject({ name: "InvalidArgument" });
    await expect(list({ EncodingType: "rot13" as "url" })).rejects.toMatchObject({ name: "InvalidArgument" });
  });

  it("are all found by a client that aborts each page before it asks for the next", async () => {
    const target = { Bucket: "aborted", Key: "one" };
    await s3.send(new CreateBucketCommand({ Bucket: target.Bucket }));
    for (let i = 0; i < 5; i++) await s3.send(new CreateMultipartUploadCommand(target));
    let aborted = 0;
    for (let more: Partial<ListMultipartUploadsCommandInput> | undefined = {}; more; ) {
      const page: ListMultipartUploadsCommandOutput = await s3.send(
        new ListMultipartUploadsCommand({ Bucket: target.Bucket, MaxUploads: 2, ...more }),
      );
      for (const { UploadId } of page.Uploads ?? []) {
        await s3.send(new AbortMultipartUploadCommand({ ...target, UploadId }));
        aborted++;
      }
      more = page.IsTruncated ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker } : undefined;
    }
    expect(aborted).toBe(5);
  });

  it("their parts in pages too", async () => {
    const target = { Bucket, Key: "a", UploadId: ids[0]! };
    for (const PartNumber of [9, 2, 30, 4]) await s3.send(new UploadPartCommand({ ...target, PartNumber, Body: "x" }));
    for (const pageSize of [1, 3, 4]) {
      const numbers: (number | undefined)[] = [];
      for await (const page of paginateListParts({ client: s3, pageSize }, { ...target })) {
        numbers.push(...(page.Parts ?? []).map(({ PartNumber }) => PartNumber));
      }
      expect(numbers).toEqual([2, 4, 9, 30]);
    }
    await s3.send(new AbortMultipartUploadCommand(target));
    await expect(s3.send(new ListPartsCommand(target))).rejects.toMatchObject({
      name: "NoSuchUpload",
      UploadId: ids[0],
    });
  });
});

describe("buckets", () => {
  const names = ["pages", "pages-1", "pages-2", "pages-3"];
  beforeAll(async () => {
    for (const name of names) await s3.send(new CreateBucketCommand({ Bucket: name }));
  });

  it.each([1, 3, 10_000])("in pages of %i, by prefix", async (pageSize) => {
    const found: (string | undefined)[] = [];
    for await (const page of paginateListBuckets({ client: s3, pageSize }, { Prefix: "pages" })) {
      expect(page.Prefix).toBe("pages");
      found.push(...(page.Buckets ?? []).map(({ Name }) => Name));
    }
    expect(found).toEqual(names);
  });

  it("with their ARN and region; never by the 10001", async () => {
    const { Buckets } = await s3.send(new ListBucketsCommand({ Prefix: "pages-1", BucketRegion: "us-east-1" }));
    expect(Buckets).toMatchObject([{ BucketArn: "arn:aws:s3:::pages-1", BucketRegion: "us-east-1" }]);
    await expect(s3.send(new ListBucketsCommand({ MaxBuckets: 10_001 }))).rejects.toMatchObject({
      name: "InvalidArgument",
    });
  });
});

it("versions by prefix and delimiter, with encoded names", async () => {
  for (const Key of ["v/a b", "v/dir/x", "w"]) await s3.send(new PutObjectCommand({ Bucket, Key, Body: "x" }));
  const page = await s3.send(
    new ListObjectVersionsCommand({ Bucket, Prefix: "v/", Delimiter: "/", EncodingType: "url" }),
  );
  expect(page.Versions?.map(({ Key }) => Key)).toEqual(["v/a+b"]);
  expect(page.CommonPrefixes).toEqual([{ Prefix: "v/dir/" }]);
});
