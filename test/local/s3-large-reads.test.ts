import { createHash, randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { s3Client } from "../helpers/local-clients.ts";

let local: TestLocal;
let s3: S3Client;
const Bucket = "large-reads";
const MIB = 1024 * 1024;

beforeAll(async () => {
  local = await startTestLocal();
  s3 = s3Client(local.server);
  await s3.send(new CreateBucketCommand({ Bucket }));
});
afterAll(() => local.stop());

const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

async function put(Key: string, size: number): Promise<string> {
  const Body = randomBytes(size);
  await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
  return sha256(Body);
}

async function open(Key: string, Range?: string): Promise<Readable> {
  return (await s3.send(new GetObjectCommand({ Bucket, Key, Range }))).Body as Readable;
}

/** Reads with pauses, so that the server has to wait for its reader. */
async function slowly(body: Readable): Promise<string> {
  const hash = createHash("sha256");
  let read = 0;
  for await (const chunk of body) {
    hash.update(chunk as Buffer);
    read += (chunk as Buffer).length;
    if (read % 7 === 0) await sleep(1);
  }
  return hash.digest("hex");
}

describe("large objects", () => {
  it("are read side by side, at any pace and beside readers who leave, each byte its own", async () => {
    const names = Array.from({ length: 12 }, (_, i) => `beside/${i}`);
    const hashes = await Promise.all(names.map((name, i) => put(name, 3 * MIB + i * 77_777)));
    const leavers = names.map(async (name) => {
      const body = await open(name);
      for await (const _ of body) break;
      body.destroy();
    });
    const read = await Promise.all([...names, ...names].map(async (name) => slowly(await open(name))));
    await Promise.all(leavers);
    expect(read).toEqual([...hashes, ...hashes]);
    expect(readFileSync(join(local.dir, "server.log"), "utf8")).not.toContain("/large-reads/");
  });

  it("can be read to their end after they were deleted, and are then gone from the disk", async () => {
    const before = files();
    const hash = await put("deleted", 24 * MIB);
    const body = await open("deleted");
    await s3.send(new DeleteObjectCommand({ Bucket, Key: "deleted" }));
    await expect(s3.send(new HeadObjectCommand({ Bucket, Key: "deleted" }))).rejects.toThrow();
    expect(files()).toBe(before + 1);
    expect(await slowly(body)).toBe(hash);
    await expect.poll(files).toBe(before);
  });

  it("leave nothing open when the reader goes away", async () => {
    const before = files();
    await put("left", 24 * MIB);
    const body = await open("left");
    await s3.send(new DeleteObjectCommand({ Bucket, Key: "left" }));
    expect(files()).toBe(before + 1);
    body.destroy();
    await expect.poll(files).toBe(before);
  });

  it.each([
    [0, MIB - 1],
    [MIB - 1, MIB],
    [1, 3 * MIB + 1],
    [2 * MIB, 3 * MIB + 4],
  ])("are read from byte %i to %i", async (from, to) => {
    const bytes = randomBytes(3 * MIB + 5);
    await s3.send(new PutObjectCommand({ Bucket, Key: "ranges", Body: bytes }));
    const read = Buffer.concat(await (await open("ranges", `bytes=${from}-${to}`)).toArray());
    expect(sha256(read)).toBe(sha256(bytes.subarray(from, to + 1)));
  });
});

const files = (): number => readdirSync(join(local.dir, "s3", "buckets", Bucket, "data")).length;
