/** `get` of answers that break off, are damaged, or are of another object than their beginning. */
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CreateBucketCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { distDir, startTestLocal, type TestLocal } from "../helpers/local.ts";
import { s3Client } from "../helpers/local-clients.ts";
import { type Meddling, type MeddlingProxy, meddlingProxy } from "../helpers/meddling-proxy.ts";
import { temporaryFolder } from "../helpers/run.ts";
import { run } from "../helpers/system-process.ts";

const MIB = 1024 * 1024;
const CONTENT = randomBytes(9 * MIB + 5);
const OTHER = randomBytes(7 * MIB + 1);

let local: TestLocal;
let storage: S3Client;
let proxy: MeddlingProxy | undefined;
const cwd = temporaryFolder();

beforeAll(async () => {
  local = await startTestLocal();
  storage = s3Client(local.server);
  await storage.send(new CreateBucketCommand({ Bucket: "store" }));
});
afterEach(() => proxy?.close());
afterAll(() => local.stop());

const put = (Body: Buffer, ChecksumSHA256?: string) =>
  storage.send(
    new PutObjectCommand({ Bucket: "store", Key: "in/a.bin", Body, ...(ChecksumSHA256 && { ChecksumSHA256 }) }),
  );

/** Fetches the object into `folder`, past a proxy that does this to the answers. */
async function get(folder: string, meddle: (count: number) => Meddling | undefined | Promise<Meddling | undefined>) {
  proxy = await meddlingProxy(local.server.port, meddle);
  const env = {
    PATH: process.env["PATH"],
    HOME: cwd,
    AWS_ENDPOINT_URL: proxy.endpoint,
    AWS_ACCESS_KEY_ID: local.server.accessKeyId,
    AWS_SECRET_ACCESS_KEY: local.server.secretAccessKey,
    AWS_REGION: local.server.region,
  };
  const argv = [join(distDir, "main.js"), "get", "-b", "store/in/a.bin", "-p", folder];
  const finished = await run(process.execPath, argv, { cwd, env });
  return { ...finished, asked: proxy.asked };
}

const sum = (content: Buffer): string => createHash("sha256").update(content).digest("hex");
const received = (folder: string): string => sum(readFileSync(join(cwd, folder, "in/a.bin")));

it("goes on where the answer broke off, with the same object", async () => {
  const { ETag } = await put(CONTENT);
  const { status, stderr, asked } = await get("broken", (count) =>
    count === 0 ? { cutAfter: 3 * MIB } : count === 1 ? { cutAfter: 2 * MIB } : undefined,
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(received("broken")).toBe(sum(CONTENT));
  expect(asked).toHaveLength(3);
  const starts = asked.map(({ range }) => Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0));
  expect(starts[0]).toBe(0);
  expect(starts[1]).toBeGreaterThan(MIB);
  expect(starts[2]).toBeGreaterThan(starts[1]!);
  expect(asked.map(({ match }) => match)).toEqual([undefined, ETag, ETag]);
  expect(readdirSync(join(cwd, "broken/in"))).toEqual(["a.bin"]);
});

it("takes the other object whole when it was replaced meanwhile", async () => {
  await put(CONTENT);
  const { status } = await get("replaced", async (count) => {
    if (count === 1) await put(OTHER);
    return count === 0 ? { cutAfter: 3 * MIB } : undefined;
  });
  expect(status).toBe(0);
  expect(received("replaced")).toBe(sum(OTHER));
});

it("leaves what was there when it breaks off again and again", async () => {
  await put(CONTENT);
  mkdirSync(join(cwd, "never/in"), { recursive: true });
  writeFileSync(join(cwd, "never/in/a.bin"), "before");
  const { status, stderr, asked } = await get("never", () => ({ cutAfter: MIB / 2 }));
  expect(status).toBe(1);
  expect(stderr).toContain("'in/a.bin' was not downloaded");
  expect(asked.length).toBeLessThan(12);
  expect(readdirSync(join(cwd, "never/in"))).toEqual(["a.bin"]);
  expect(readFileSync(join(cwd, "never/in/a.bin"), "utf8")).toBe("before");
}, 60_000);

it("asks again for bytes that are not those of the checksum", async () => {
  await put(CONTENT, createHash("sha256").update(CONTENT).digest("base64"));
  const { status, asked } = await get("damaged", (count) => (count === 0 ? { damage: true } : undefined));
  expect(status).toBe(0);
  expect(asked.map(({ range }) => range)).toEqual([undefined, undefined]);
  expect(received("damaged")).toBe(sum(CONTENT));
});

it("knows the bytes of two answers for those of the checksum", async () => {
  await put(CONTENT, createHash("sha256").update(CONTENT).digest("base64"));
  const { status, stderr } = await get("both", (count) => (count === 0 ? { cutAfter: MIB, damage: true } : undefined));
  expect(status).toBe(1);
  expect(stderr).toContain("not those that were uploaded");
  expect(existsSync(join(cwd, "both/in/a.bin"))).toBe(false);
});

it.each<[string, Meddling]>([
  ["no length", { hidesLength: true }],
  ["the end of the connection", { closes: true }],
])("reads answers with %s", async (_, meddling) => {
  await put(OTHER);
  const { status, stderr } = await get("odd", () => meddling);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(received("odd")).toBe(sum(OTHER));
});
