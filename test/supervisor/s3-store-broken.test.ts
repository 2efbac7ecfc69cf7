/** Transfers over connections that break, and of files and objects that change under them. */
import { createHash, randomFillSync } from "node:crypto";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import type { ObjectStore } from "../../src/supervisor/storage/object-store.ts";
import { createS3Store, type S3StoreOptions } from "../../src/supervisor/storage/s3.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { s3Client } from "../helpers/local-clients.ts";
import { Balancer, type OwnAnswer } from "./balancer.ts";
import { type CuttingOptions, CuttingProxy } from "./cutting-proxy.ts";

const MB = 1024 * 1024;
const SIZE = 20 * MB + 7;

let local: TestLocal;
let s3: S3Client;
let folder: string;
let file: string;
let content: Buffer;
let proxy: CuttingProxy | undefined;
let balancer: Balancer | undefined;
const { signal } = new AbortController();

beforeAll(async () => {
  local = await startTestLocal();
  Object.assign(process.env, local.env);
  s3 = s3Client(local.server);
  await s3.send(new CreateBucketCommand({ Bucket: "store" }));
  folder = mkdtempSync(join(tmpdir(), "scar-broken-"));
  content = randomFillSync(Buffer.alloc(SIZE));
  file = join(folder, "file");
  writeFileSync(file, content);
  await s3.send(new PutObjectCommand({ Bucket: "store", Key: "large", Body: content }));
});
afterEach(() => {
  proxy?.stop();
  balancer?.stop();
  process.env["AWS_ENDPOINT_URL"] = local.server.endpoint;
});
afterAll(async () => {
  s3?.destroy();
  await local?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A store whose requests go through the proxy; small parts, so that 20 MB are many. */
async function storeBehind(options: CuttingOptions, more: S3StoreOptions = {}): Promise<ObjectStore> {
  proxy = await CuttingProxy.start(local.server.endpoint, options);
  process.env["AWS_ENDPOINT_URL"] = proxy.endpoint;
  const limits = { largestPut: 8 * MB, part: 8 * MB, requests: 4, partsPerFile: 4, silenceMs: 1500 };
  return createS3Store({ customEndpoint: true }, { debug: () => {} }, { limits, ...more });
}

async function storeBehindBalancer(own: OwnAnswer, count: number, more: S3StoreOptions = {}): Promise<ObjectStore> {
  balancer = await Balancer.start(local.server.endpoint, own, count);
  process.env["AWS_ENDPOINT_URL"] = balancer.endpoint;
  return createS3Store({ customEndpoint: true }, { debug: () => {} }, more);
}

const at = (key: string) => ({ bucket: "store", key });
const target = (name: string): string => join(folder, name);
const sha = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const stored = async (key: string): Promise<string> => {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: "store", Key: key }));
  return sha(await Body!.transformToByteArray());
};
const openUploads = async (): Promise<number> =>
  (await s3.send(new ListMultipartUploadsCommand({ Bucket: "store" }))).Uploads?.length ?? 0;

it("a download goes on where each connection broke", async () => {
  // The client reads what was sent before the cut: what is lost on the way would count as downloaded again.
  const store = await storeBehind({ cutDown: MB, cuts: 15, onCut: () => sleep(100) });
  await store.download(at("large"), target("resumed"), signal);
  expect(sha(readFileSync(target("resumed")))).toBe(sha(content));
  expect(proxy!.cut).toBe(15);
  // The bytes that came tell nothing: what a reset connection had not handed over is lost.
  expect(proxy!.starts.filter((start) => start % (8 * MB) !== 0)).not.toEqual([]);
});

it.each([
  ["down", { hangDown: MB, cuts: 3 }],
  ["up", { hangUp: 2 * MB, cuts: 3 }],
] as const)("a connection that falls silent is given up: %s", async (direction, options) => {
  const store = await storeBehind(options);
  if (direction === "up") await store.upload(file, at("silent"), signal);
  else await store.download(at("large"), target("silent"), signal);
  expect(direction === "up" ? await stored("silent") : sha(readFileSync(target("silent")))).toBe(sha(content));
  expect(proxy!.cut).toBe(3);
});

it("a download whose connections all break is no file, and says so", async () => {
  const store = await storeBehind({ cutUp: 1 }, { patienceMs: 700 });
  await expect(store.download(at("large"), target("never"), signal)).rejects.toThrow(
    /^download of s3:\/\/store\/large failed: .+/,
  );
  expect(existsSync(target("never"))).toBe(false);
});

it("a download of an object that is replaced meanwhile is not a mixture", async () => {
  await s3.send(new PutObjectCommand({ Bucket: "store", Key: "replaced", Body: content }));
  const onCut = async (): Promise<void> => {
    await s3.send(new PutObjectCommand({ Bucket: "store", Key: "replaced", Body: Buffer.alloc(SIZE) }));
  };
  const store = await storeBehind({ cutDown: MB, cuts: 1, onCut });
  await expect(store.download(at("replaced"), target("mixed"), signal)).rejects.toMatchObject({
    message: expect.stringContaining("PreconditionFailed"),
    hint: expect.stringContaining("replaced while it was downloaded"),
  });
  expect(existsSync(target("mixed"))).toBe(false);
});

it.each(["CRC32", "CRC32C", "SHA1", "SHA256"] as const)(
  "bytes that changed on the way are seen by their %s",
  async (ChecksumAlgorithm) => {
    const Body = content.subarray(0, 3 * MB);
    await s3.send(new PutObjectCommand({ Bucket: "store", Key: ChecksumAlgorithm, Body, ChecksumAlgorithm }));
    const change = (chunk: Buffer, connection: number, offset: number): Buffer => {
      if (connection === 0 && offset <= 2 * MB && offset + chunk.length > 2 * MB) chunk[2 * MB - offset]! ^= 1;
      return chunk;
    };
    // The answer that follows comes over the same connection, further on.
    const store = await storeBehind({ change });
    await store.download(at(ChecksumAlgorithm), target(ChecksumAlgorithm), signal);
    expect(sha(readFileSync(target(ChecksumAlgorithm)))).toBe(sha(Body));
    expect(proxy!.down).toBeGreaterThan(6 * MB);
  },
);

it("an upload in parts is repeated where it broke", async () => {
  const store = await storeBehind({ cutUp: 3 * MB, cuts: 6 });
  expect(await store.upload(file, at("broken-up"), signal)).toBe(SIZE);
  expect(await stored("broken-up")).toBe(sha(content));
  expect(proxy!.cut).toBe(6);
  expect(await openUploads()).toBe(0);
});

it("an upload in parts that fails leaves no part behind", async () => {
  const store = await storeBehind({ cutUp: 3 * MB }, { patienceMs: 700 });
  await expect(store.upload(file, at("half"), signal)).rejects.toThrow(/^upload of s3:\/\/store\/half failed: .+/);
  expect(await openUploads()).toBe(0);
});

it("an upload in parts whose last answer is lost has been done", async () => {
  const lose = (chunk: Buffer): boolean => chunk.includes("CompleteMultipartUploadResult");
  const store = await storeBehind({ lose, cuts: 1 });
  expect(await store.upload(file, at("lost-answer"), signal)).toBe(SIZE);
  expect(proxy!.cut).toBe(1);
  expect(await stored("lost-answer")).toBe(sha(content));
});

it.each([
  ["grows", (name: string) => appendFileSync(name, "more")],
  ["shrinks", (name: string) => truncateSync(name, 10)],
])("a file that %s while it is sent is not passed off as whole", async (_, act) => {
  const changing = target("changing");
  writeFileSync(changing, content);
  const store = await storeBehind({ cutUp: MB, cuts: 1, onCut: async () => act(changing) });
  await expect(store.upload(changing, at("changing"), signal)).rejects.toThrow(
    /the file changed while it was uploaded/,
  );
  expect(await openUploads()).toBe(0);
});

const page = "<html><body><center><h1>502 Bad Gateway</h1></center><hr><br>a balancer</body></html>";

it.each([
  ["a page", { status: 502, headers: { "Content-Type": "text/html" }, body: page }],
  ["a line", { status: 503, headers: { "Content-Type": "text/plain" }, body: "upstream connect error & more" }],
  ["nothing", { status: 500, body: "" }],
])("an error of a balancer that is no XML of S3 is tried again: %s", async (name, own) => {
  const key = `balanced-${own.status}`;
  writeFileSync(target(name), "content");
  await (await storeBehindBalancer(own, 2)).upload(target(name), at(key), signal);
  expect(await stored(key)).toBe(sha(Buffer.from("content")));
  balancer!.stop();
  await (await storeBehindBalancer(own, 2)).download(at(key), target(key), signal);
  expect(readFileSync(target(key), "utf8")).toBe("content");
  balancer!.stop();
  const impatient = await storeBehindBalancer(own, Number.POSITIVE_INFINITY, { patienceMs: 50 });
  await expect(impatient.download(at(key), target("unread"), signal)).rejects.toThrow(
    `download of s3://store/${key} failed: the answer was HTTP ${own.status}`,
  );
});

it("a download that was wrong and then shorter has nothing of the first", async () => {
  await s3.send(new PutObjectCommand({ Bucket: "store", Key: "short", Body: "new" }));
  const headers = { "x-amz-checksum-sha256": createHash("sha256").update("else").digest("base64") };
  const store = await storeBehindBalancer({ status: 200, headers, body: "old".repeat(MB) }, 1);
  await store.download(at("short"), target("short"), signal);
  expect(readFileSync(target("short"), "utf8")).toBe("new");
});

it("a bucket of another region is followed there, and remembered", async () => {
  const body = "<Error><Code>PermanentRedirect</Code><Message>use the endpoint</Message></Error>";
  const headers = { "x-amz-bucket-region": "eu-west-3", "Content-Type": "application/xml" };
  const store = await storeBehindBalancer({ status: 301, headers, body }, 1);
  writeFileSync(target("elsewhere"), "content");
  await store.upload(target("elsewhere"), at("elsewhere"), signal);
  await store.download(at("elsewhere"), target("from-elsewhere"), signal);
  expect(readFileSync(target("from-elsewhere"), "utf8")).toBe("content");
  expect(balancer!.answered).toBe(1);
  expect(new Set(balancer!.regions)).toEqual(new Set(["eu-west-3"]));
});

it("a redirect that leads nowhere else is told, not followed for ever", async () => {
  const body = "<Error><Code>PermanentRedirect</Code><Message>use the endpoint</Message></Error>";
  const headers = { "x-amz-bucket-region": "eu-west-3", "Content-Type": "application/xml" };
  const store = await storeBehindBalancer({ status: 301, headers, body }, Number.POSITIVE_INFINITY);
  await expect(store.download(at("large"), target("nowhere"), signal)).rejects.toThrow("PermanentRedirect");
  expect(balancer!.answered).toBe(2);
  expect(existsSync(target("nowhere"))).toBe(false);
});
