import { createHash, randomBytes } from "node:crypto";
import {
  type ChecksumAlgorithm,
  type ChecksumType,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandInput,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ChecksumName, createChecksum } from "../../src/local/http/checksums.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { s3Client } from "../helpers/local-clients.ts";

const MiB = 1024 * 1024;
const Bucket = "checksums";
const Parts = [randomBytes(5 * MiB), randomBytes(5 * MiB + 1), randomBytes(10)];
let local: TestLocal;
let s3: S3Client;

beforeAll(async () => {
  local = await startTestLocal();
  s3 = s3Client(local.server);
  await s3.send(new CreateBucketCommand({ Bucket }));
});
afterAll(() => local?.stop());

const checksum = (algorithm: ChecksumAlgorithm, bytes: Uint8Array): string => {
  const digest = createChecksum(algorithm.toLowerCase() as ChecksumName);
  digest.update(bytes);
  return digest.digest();
};

async function begin(Key: string, algorithm?: ChecksumAlgorithm, type?: ChecksumType) {
  const { UploadId } = await s3.send(
    new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm: algorithm, ChecksumType: type }),
  );
  return { Bucket, Key, UploadId: UploadId! };
}

type Target = Awaited<ReturnType<typeof begin>>;

async function send(target: Target, ChecksumAlgorithm: ChecksumAlgorithm, bodies = Parts): Promise<CompletedPart[]> {
  const parts: CompletedPart[] = [];
  for (const [i, Body] of bodies.entries()) {
    const PartNumber = i + 1;
    const {
      $metadata: _,
      ServerSideEncryption: __,
      ...part
    } = await s3.send(new UploadPartCommand({ ...target, PartNumber, Body, ChecksumAlgorithm }));
    parts.push({ PartNumber, ...part });
  }
  return parts;
}

const complete = (
  target: Target,
  parts: CompletedPart[],
  more: Partial<CompleteMultipartUploadCommandInput> & { ChecksumType?: ChecksumType | undefined } = {},
) => s3.send(new CompleteMultipartUploadCommand({ ...target, MultipartUpload: { Parts: parts }, ...more }));

describe("a multipart upload", () => {
  it.each<[ChecksumAlgorithm, ChecksumType | undefined, ChecksumType]>([
    ["CRC32", undefined, "COMPOSITE"],
    ["CRC32", "FULL_OBJECT", "FULL_OBJECT"],
    ["CRC32C", "COMPOSITE", "COMPOSITE"],
    ["CRC32C", "FULL_OBJECT", "FULL_OBJECT"],
    ["CRC64NVME", undefined, "FULL_OBJECT"],
    ["SHA1", undefined, "COMPOSITE"],
    ["SHA256", undefined, "COMPOSITE"],
  ])("with %s and the type %s has a checksum of type %s, everywhere", async (algorithm, asked, ChecksumType) => {
    const name = `Checksum${algorithm}`;
    const target = await begin(`${algorithm}-${asked}`, algorithm, asked);
    const parts = await send(target, algorithm);
    expect(await s3.send(new ListPartsCommand(target))).toMatchObject({
      ChecksumAlgorithm: algorithm,
      ChecksumType,
      Parts: Parts.map((part) => ({ [name]: checksum(algorithm, part) })),
    });

    const composed = Buffer.concat(Parts.map((part) => Buffer.from(checksum(algorithm, part), "base64")));
    const full = checksum(algorithm, Buffer.concat(Parts));
    const expected = ChecksumType === "FULL_OBJECT" ? full : `${checksum(algorithm, composed)}-3`;
    expect(await complete(target, parts, { ChecksumType, [name]: expected })).toMatchObject({
      [name]: expected,
      ChecksumType,
    });

    await local.restart("killed");
    const { Key } = target;
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: "ENABLED" }));
    expect(head).toMatchObject({ [name]: expected, ChecksumType });
    const attributes = await s3.send(
      new GetObjectAttributesCommand({ Bucket, Key, ObjectAttributes: ["Checksum", "ObjectParts"] }),
    );
    expect(attributes).toMatchObject({
      Checksum: { [name]: expected.replace("-3", ""), ChecksumType },
      ObjectParts: { TotalPartsCount: 3 },
    });
    expect(attributes.ObjectParts?.Parts?.length).toBe(ChecksumType === "COMPOSITE" ? 3 : undefined);

    // A copy is an object like one that was put whole.
    const { CopyObjectResult } = await s3.send(
      new CopyObjectCommand({ Bucket, Key: "copy", CopySource: `${Bucket}/${Key}` }),
    );
    const md5 = createHash("md5").update(Buffer.concat(Parts)).digest("hex");
    expect(CopyObjectResult).toMatchObject({ [name]: full, ChecksumType: "FULL_OBJECT", ETag: `"${md5}"` });
  });

  it("by lib-storage is read back with its checksum verified by the SDK", async () => {
    const Body = Buffer.concat(Parts);
    await new Upload({ client: s3, params: { Bucket, Key: "lib", Body }, partSize: 5 * MiB }).done();
    const got = await s3.send(new GetObjectCommand({ Bucket, Key: "lib" }));
    expect(Buffer.from(await got.Body!.transformToByteArray()).equals(Body)).toBe(true);
    const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: "lib" }));
    expect(Contents).toMatchObject([{ ChecksumAlgorithm: ["CRC32"], ChecksumType: "COMPOSITE" }]);
  });

  it("has the checksums of copied parts too, and of parts that came without", async () => {
    const target = await begin("computed", "CRC32C", "FULL_OBJECT");
    await new Upload({ client: s3, params: { Bucket, Key: "source", Body: Parts[0]! } }).done();
    const copied = await s3.send(
      new UploadPartCopyCommand({ ...target, PartNumber: 1, CopySource: `${Bucket}/source` }),
    );
    const silent = s3Client(local.server);
    silent.config.requestChecksumCalculation = async () => "WHEN_REQUIRED";
    const plain = await silent.send(new UploadPartCommand({ ...target, PartNumber: 2, Body: Parts[2]! }));
    expect(copied.CopyPartResult?.ChecksumCRC32C).toBe(checksum("CRC32C", Parts[0]!));
    expect(plain.ChecksumCRC32C).toBe(checksum("CRC32C", Parts[2]!));
    const whole = await complete(target, [
      { PartNumber: 1, ETag: copied.CopyPartResult?.ETag },
      { PartNumber: 2, ETag: plain.ETag },
    ]);
    expect(whole.ChecksumCRC32C).toBe(checksum("CRC32C", Buffer.concat([Parts[0]!, Parts[2]!])));
  });

  it("without an algorithm keeps no checksum of its parts", async () => {
    const target = await begin("none");
    const [part] = await send(target, "CRC32C", [Parts[2]!]);
    expect((await s3.send(new ListPartsCommand(target))).Parts?.[0]).not.toHaveProperty("ChecksumCRC32C");
    await expect(complete(target, [part!])).rejects.toMatchObject({ name: "InvalidPart" });
    await expect(
      complete(target, [{ PartNumber: 1, ETag: part!.ETag }], { ChecksumType: "FULL_OBJECT" }),
    ).rejects.toMatchObject({ name: "InvalidRequest", message: expect.stringContaining("null checksum mode") });
    expect(await complete(target, [{ PartNumber: 1, ETag: part!.ETag }])).not.toHaveProperty("ChecksumType");
  });
});

describe("refused", () => {
  it.each<[ChecksumAlgorithm | undefined, ChecksumType, string]>([
    ["SHA256", "FULL_OBJECT", "FULL_OBJECT checksum type cannot be used with the sha256"],
    ["CRC64NVME", "COMPOSITE", "COMPOSITE checksum type cannot be used with the crc64nvme"],
    [undefined, "COMPOSITE", "can only be used with the x-amz-checksum-algorithm"],
  ])("an upload with %s and %s", async (algorithm, type, message) => {
    await expect(begin("refused", algorithm, type)).rejects.toMatchObject({
      name: "InvalidRequest",
      message: expect.stringContaining(message),
    });
  });

  it("a part with another checksum, and one with two", async () => {
    const target = await begin("refused", "SHA256");
    await expect(send(target, "CRC32", [Parts[2]!])).rejects.toMatchObject({
      name: "InvalidRequest",
      message: "Checksum Type mismatch occurred, expected checksum Type: sha256, actual checksum Type: crc32",
    });
    const Body = "x";
    const two = {
      ChecksumCRC32: checksum("CRC32", Buffer.from(Body)),
      ChecksumSHA1: checksum("SHA1", Buffer.from(Body)),
    };
    await expect(s3.send(new UploadPartCommand({ ...target, PartNumber: 1, Body, ...two }))).rejects.toMatchObject({
      name: "InvalidRequest",
      message: expect.stringContaining("single x-amz-checksum-"),
    });
    await expect(
      s3.send(new UploadPartCommand({ ...target, PartNumber: 1, Body, ChecksumSHA256: "short" })),
    ).rejects.toMatchObject({ name: "InvalidRequest", message: expect.stringContaining("is invalid") });
  });

  it("a completion that says otherwise", async () => {
    const target = await begin("refused", "CRC32", "FULL_OBJECT");
    const [part] = await send(target, "CRC32", [Parts[2]!]);
    const wrong = checksum("CRC32", Buffer.from("other"));
    await expect(complete(target, [{ ...part, ChecksumCRC32: wrong }])).rejects.toMatchObject({ name: "InvalidPart" });
    await expect(complete(target, [part!], { ChecksumCRC32: wrong })).rejects.toMatchObject({ name: "BadDigest" });
    await expect(complete(target, [part!], { ChecksumType: "COMPOSITE" })).rejects.toMatchObject({
      name: "InvalidRequest",
    });
    await expect(complete(target, [part!], { MpuObjectSize: 11 })).rejects.toMatchObject({
      name: "InvalidRequest",
      message: "The provided 'x-amz-mp-object-size' header value 11 does not match what was computed: 10",
    });
    await complete(target, [part!], { ChecksumType: "FULL_OBJECT", MpuObjectSize: 10 });
  });

  it("a composite completion without the checksum of each part", async () => {
    const target = await begin("refused", "SHA1");
    const [part] = await send(target, "SHA1", [Parts[2]!]);
    const { ChecksumSHA1: _, ...bare } = part!;
    await expect(complete(target, [bare])).rejects.toMatchObject({
      name: "InvalidRequest",
      message: expect.stringContaining("It was missing for part 1"),
    });
  });
});
