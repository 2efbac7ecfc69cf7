/** Files up and down while S3 refuses and fails: what the direct request cannot do, the SDK repeats; and what it can, it does alone. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { afterEach, expect, it } from "vitest";
import { type BehindProxy, behindProxy } from "../helpers/behind-proxy.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { temporaryFolder } from "../helpers/run.ts";

const FILES = 40;
/** Sizes on both sides of what is small and of what goes in parts. */
const SIZES = [0, 1, 4096, 256 * 1024, 256 * 1024 + 1, 17 * 1024 * 1024];

let local: TestLocal | undefined;
let client: BehindProxy | undefined;
afterEach(async () => {
  client?.close();
  await local?.stop();
});

/** Requests of a put and of a get, whose files are compared. */
async function there(behaviour?: string): Promise<{ readonly put: number; readonly get: number }> {
  local = await startTestLocal(behaviour === undefined ? {} : { behaviour });
  const cwd = temporaryFolder();
  client = await behindProxy(local, cwd);
  mkdirSync(`${cwd}/up`);
  for (let i = 0; i < FILES; i++) {
    const size = SIZES[i] ?? 100;
    writeFileSync(`${cwd}/up/(odd) näme+${i}~'!*.txt`, Buffer.alloc(size, i + 1));
  }
  const scar = async (...argv: string[]) => {
    const { status, stderr, requests } = await client!.scar(argv);
    expect(stderr).not.toContain("scar:");
    expect(status).toBe(0);
    return requests;
  };
  const put = await scar("put", "-b", "bucket", "-p", "up");
  const get = await scar("get", "-b", "bucket", "-p", "down");
  const names = readdirSync(`${cwd}/up`);
  expect(readdirSync(`${cwd}/down`).sort()).toEqual(names.sort());
  for (const name of names) {
    expect(readFileSync(`${cwd}/down/${name}`).equals(readFileSync(`${cwd}/up/${name}`)), name).toBe(true);
  }
  return { put, get };
}

it("takes one request a file", async () => {
  const { put, get } = await there();
  // The bucket is looked for and made; 17 MiB are two parts, begun and ended.
  expect(put).toBe(2 + FILES + 3);
  // One page of keys.
  expect(get).toBe(1 + FILES);
}, 60_000);

it("comes through throttling and failures whole", async () => {
  const { put } = await there("throttle=0.15,error=0.1");
  expect(put).toBeGreaterThan(2 + FILES + 3);
}, 120_000);
