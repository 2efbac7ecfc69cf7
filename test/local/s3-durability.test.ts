import { appendFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { Bucket } from "../../src/local/s3/storage/bucket.ts";
import { copyContent } from "../../src/local/s3/storage/content.ts";
import { Journal } from "../../src/local/s3/storage/journal.ts";
import { startTestLocal } from "../helpers/local.ts";
import { s3Client } from "../helpers/local-clients.ts";

describe("the server killed while it is written to", () => {
  it("keeps every acknowledged write and nothing of the others' bytes", async () => {
    const local = await startTestLocal();
    try {
      const s3 = s3Client(local.server);
      await s3.send(new CreateBucketCommand({ Bucket: "kept" }));
      const acknowledged = new Set<string>();
      let enough: () => void = () => {};
      const reached = new Promise<void>((resolve) => {
        enough = resolve;
      });
      const writers = Array.from({ length: 8 }, async (_, w) => {
        for (let i = 0; ; i++) {
          const Key = `${w}/${i}`;
          await s3.send(new PutObjectCommand({ Bucket: "kept", Key, Body: `content of ${Key}` }));
          acknowledged.add(Key);
          if (acknowledged.size >= 100) enough();
        }
      }).map((writer) => writer.catch(() => {}));
      await reached;
      await local.restart("killed");
      await Promise.all(writers);

      const after = s3Client(local.server);
      for (const Key of acknowledged) {
        const got = await after.send(new GetObjectCommand({ Bucket: "kept", Key }));
        expect(await got.Body!.transformToString()).toBe(`content of ${Key}`);
      }
      const { KeyCount } = await after.send(new ListObjectsV2Command({ Bucket: "kept" }));
      expect(readdirSync(join(local.dir, "s3/buckets/kept/data"))).toHaveLength(KeyCount!);
    } finally {
      await local.stop();
    }
  });

  it("keeps keys, buckets, deletes and notification configurations over a restart", async () => {
    const local = await startTestLocal();
    try {
      const s3 = s3Client(local.server);
      await s3.send(new CreateBucketCommand({ Bucket: "kept" }));
      await s3.send(new PutObjectCommand({ Bucket: "kept", Key: "a", Body: "1" }));
      await s3.send(new PutObjectCommand({ Bucket: "kept", Key: "a", Body: "2" }));
      await s3.send(new PutObjectCommand({ Bucket: "kept", Key: "b", Body: "1" }));
      await s3.send(new DeleteObjectCommand({ Bucket: "kept", Key: "b" }));
      const queue = { QueueArn: "arn:aws:sqs:us-east-1:000000000000:q", Events: ["s3:ObjectCreated:*" as const] };
      const NotificationConfiguration = { QueueConfigurations: [queue] };
      await s3.send(
        new PutBucketNotificationConfigurationCommand({
          Bucket: "kept",
          NotificationConfiguration,
          SkipDestinationValidation: true,
        }),
      );

      const again = await local.restart("gently");

      expect(again).toMatchObject({
        accessKeyId: local.server.accessKeyId,
        secretAccessKey: local.server.secretAccessKey,
        port: local.server.port,
      });
      expect(again.pid).not.toBe(local.server.pid);
      const got = await s3.send(new GetObjectCommand({ Bucket: "kept", Key: "a" }));
      expect(await got.Body!.transformToString()).toBe("2");
      expect((await s3.send(new ListObjectsV2Command({ Bucket: "kept" }))).Contents?.map((o) => o.Key)).toEqual(["a"]);
    } finally {
      await local.stop();
    }
  });
});

describe("the journal", () => {
  describe("what an older server wrote", () => {
    it("is read: objects that came in parts, and uploads under way", async () => {
      const local = await startTestLocal();
      try {
        const s3 = s3Client(local.server);
        await s3.send(new CreateBucketCommand({ Bucket: "old" }));
        const dir = join(local.dir, "s3/buckets/old");
        for (const [file, text] of Object.entries({ one: "first ", two: "second" }))
          writeFileSync(join(dir, "data", file), text);
        const parts = [
          { file: "one", size: 6 },
          { file: "two", size: 6 },
        ];
        const object = {
          parts,
          size: 12,
          etag: `${"0".repeat(32)}-2`,
          modified: 1,
          headers: { "content-type": "text/plain" },
        };
        const upload = { key: "under-way", initiated: 1, headers: {}, algorithm: "crc32" };
        const lines = [
          { op: "complete", id: "gone", key: "in parts", object },
          { op: "upload", id: "u", upload },
        ];
        appendFileSync(join(dir, "journal.ndjson"), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
        await local.restart("killed");

        const got = await s3.send(new GetObjectCommand({ Bucket: "old", Key: "in parts", PartNumber: 2 }));
        expect(got).toMatchObject({ PartsCount: 2, ContentRange: "bytes 6-11/12" });
        expect(await got.Body!.transformToString()).toBe("second");
        const target = { Bucket: "old", Key: "under-way", UploadId: "u" };
        const { ETag, ChecksumCRC32 } = await s3.send(new UploadPartCommand({ ...target, PartNumber: 1, Body: "x" }));
        const Parts = [{ PartNumber: 1, ETag, ChecksumCRC32 }];
        const done = await s3.send(new CompleteMultipartUploadCommand({ ...target, MultipartUpload: { Parts } }));
        expect(done).toMatchObject({ ChecksumType: "COMPOSITE", ChecksumCRC32: expect.stringMatching(/-1$/) });
      } finally {
        await local.stop();
      }
    });
  });

  const inFolder = async (work: (dir: string) => void) => {
    const dir = await mkdtemp(join(tmpdir(), "scar-journal-"));
    try {
      work(dir);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  };
  const read = (path: string): unknown[] => {
    const entries: unknown[] = [];
    new Journal(path, (entry) => entries.push(entry)).close();
    return entries;
  };

  it("cut anywhere gives back every whole line before the cut, and goes on from there", () =>
    inFolder((dir) => {
      const path = join(dir, "journal");
      fc.assert(
        fc.property(
          fc.array(fc.string({ unit: "grapheme" }), { minLength: 1, maxLength: 8 }),
          fc.nat(),
          (words, cut) => {
            writeFileSync(path, "");
            const journal = new Journal<string>(path, () => {});
            for (const word of words) journal.append(word);
            journal.close();
            const bytes = readFileSync(path);
            const kept = bytes.subarray(0, cut % (bytes.length + 1));
            writeFileSync(path, kept);
            const whole = kept.toString("latin1").split("\n").length - 1;
            const reopened = new Journal<string>(path, () => {});
            reopened.append("next");
            reopened.close();
            expect(read(path)).toEqual([...words.slice(0, whole), "next"]);
          },
        ),
        { numRuns: 50 },
      );
    }));

  it("of many changes is made small when it is loaded, with nothing lost", () =>
    inFolder((dir) => {
      Bucket.create(dir, { name: "b", region: "us-east-1", created: 0 });
      const object = { parts: [], size: 0, etag: "e", modified: 0, headers: {} };
      // As the first servers left it, who made it small at their start alone.
      const lines = Array.from({ length: 3000 }, (_, i) => {
        return { op: "put", key: `k${i % 10}`, object: { ...object, modified: i } };
      });
      const upload = { op: "upload", id: "u", upload: { key: "up", initiated: 0, headers: {} } };
      const text = [...lines, upload].map((line) => `${JSON.stringify(line)}\n`).join("");
      writeFileSync(join(dir, "journal.ndjson"), text);
      new Bucket(dir).close();
      expect(readFileSync(join(dir, "journal.ndjson"), "utf8").trimEnd().split("\n")).toHaveLength(11);
      appendFileSync(join(dir, "journal.ndjson"), '{"op":"delete","key":"k3"}\n{"op":"del');
      const bucket = new Bucket(dir);
      expect(bucket.objects.keys()).toEqual(["k0", "k1", "k2", "k4", "k5", "k6", "k7", "k8", "k9"]);
      expect(bucket.objects.get("k9")?.modified).toBe(2999);
      expect([...bucket.uploads.keys()]).toEqual(["u"]);
      bucket.close();
    }));
});

it("a copy that fails half-way leaves no bytes", async () => {
  const dir = await mkdtemp(join(tmpdir(), "scar-copy-"));
  try {
    Bucket.create(dir, { name: "b", region: "us-east-1", created: 0 });
    const bucket = new Bucket(dir);
    writeFileSync(bucket.pathOf("one"), "1");
    const parts = ["one", "lost"].map((file) => ({ file, size: 1 }));
    await expect(copyContent(bucket, parts, bucket)).rejects.toMatchObject({ code: "ENOENT" });
    await vi.waitFor(() => expect(readdirSync(join(dir, "data"))).toEqual(["one"]));
    bucket.close();
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});
