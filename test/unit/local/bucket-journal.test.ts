import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Bucket } from "../../../src/local/s3/storage/bucket.ts";
import type { StoredObject } from "../../../src/local/s3/storage/records.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "scar-bucket-"));
  Bucket.create(dir, { name: "bucket", region: "us-east-1", created: 0 });
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const lines = (): number => readFileSync(join(dir, "journal.ndjson"), "utf8").split("\n").length - 1;
const object = (n: number): StoredObject => ({ parts: [], size: 0, etag: String(n), modified: n, headers: {} });

it("the journal of a bucket whose objects are written again and again stays short, and loses none", () => {
  const bucket = new Bucket(dir);
  for (let n = 0; n < 300; n++) bucket.commit({ op: "put", key: `kept-${n}`, object: object(n) });
  for (let n = 0; n < 20_000; n++) bucket.commit({ op: "put", key: "again", object: object(n) });
  expect(lines()).toBeLessThan(2000);
  bucket.commit({ op: "delete", key: "kept-0" });
  bucket.close();
  const loaded = new Bucket(dir);
  expect(loaded.objects.size).toBe(300);
  expect(loaded.objects.get("again")?.etag).toBe("19999");
  expect(loaded.objects.get("kept-299")?.etag).toBe("299");
  loaded.close();
});

it("a journal of objects that are all there is left alone", () => {
  const bucket = new Bucket(dir);
  for (let n = 0; n < 5000; n++) bucket.commit({ op: "put", key: `kept-${n}`, object: object(n) });
  expect(lines()).toBe(5000);
  bucket.close();
});
