import {
  CreateBucketCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from "@aws-sdk/client-s3";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listPage } from "../../src/local/s3/listing.ts";
import { compareUtf8, KeyIndex } from "../../src/local/s3/storage/key-index.ts";
import type { StoredObject } from "../../src/local/s3/storage/records.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { s3Client } from "../helpers/local-clients.ts";

describe("over HTTP", () => {
  let local: TestLocal;
  let s3: S3Client;
  const Bucket = "listed";
  const keys = ["a", "a b/1", "a b/2", "in/", "in/x.png", "in/y/z", "in2/x", "é", "\uffee", "😀"];

  beforeAll(async () => {
    local = await startTestLocal();
    s3 = s3Client(local.server);
    await s3.send(new CreateBucketCommand({ Bucket }));
    for (const Key of [...keys].reverse()) await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
  });
  afterAll(() => local.stop());

  const names = (list: Pick<ListObjectsV2CommandOutput, "Contents">) => list.Contents?.map((o) => o.Key) ?? [];

  it("in the order of UTF-8 bytes", async () => {
    expect(names(await s3.send(new ListObjectsV2Command({ Bucket })))).toEqual(keys);
  });

  it.each([1, 2, 3, 1000])("in pages of %i", async (pageSize) => {
    const found: (string | undefined)[] = [];
    for await (const page of paginateListObjectsV2({ client: s3, pageSize }, { Bucket })) found.push(...names(page));
    expect(found).toEqual(keys);
  });

  it("with prefix, delimiter and start-after", async () => {
    const list = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: "in", Delimiter: "/" }));
    expect(names(list)).toEqual([]);
    expect(list.CommonPrefixes).toEqual([{ Prefix: "in/" }, { Prefix: "in2/" }]);
    const inside = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: "in/", Delimiter: "/" }));
    expect(names(inside)).toEqual(["in/", "in/x.png"]);
    expect(inside.CommonPrefixes).toEqual([{ Prefix: "in/y/" }]);
    expect(names(await s3.send(new ListObjectsV2Command({ Bucket, StartAfter: "in2/x" })))).toEqual([
      "é",
      "\uffee",
      "😀",
    ]);
  });

  it("with encoded names on request", async () => {
    const list = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: "a b/", EncodingType: "url" }));
    expect(list.Prefix).toBe("a+b/");
    expect(names(list)).toEqual(["a+b/1", "a+b/2"]);
  });

  it("in version 1, from marker to marker", async () => {
    const first = await s3.send(new ListObjectsCommand({ Bucket, MaxKeys: 2, Delimiter: "/" }));
    expect(first).toMatchObject({ IsTruncated: true, NextMarker: "a b/" });
    const rest = await s3.send(new ListObjectsCommand({ Bucket, Marker: first.NextMarker, Delimiter: "/" }));
    expect(names(rest)).toEqual(["é", "\uffee", "😀"]);
    expect(rest.CommonPrefixes).toEqual([{ Prefix: "in/" }, { Prefix: "in2/" }]);
  });
});

const key = fc.oneof(
  fc.string({ unit: fc.constantFrom("a", "b", "/", "-", "."), minLength: 1, maxLength: 6 }),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 4 }),
);

describe("any set of keys", () => {
  it("is ordered as Buffer.compare orders its bytes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (a, b) => {
        expect(Math.sign(compareUtf8(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
    );
  });

  it("stays ordered through puts and deletes, however they are mixed with reads", () => {
    const step = fc.tuple(fc.constantFrom("set", "delete", "keys"), key);
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const index = new KeyIndex<number>();
        const model = new Set<string>();
        for (const [what, name] of steps) {
          if (what === "set") {
            index.set(name, 1);
            model.add(name);
          } else if (what === "delete") {
            index.delete(name);
            model.delete(name);
          } else expect(index.keys()).toEqual([...model].sort(compareUtf8));
        }
        expect(index.keys()).toEqual([...model].sort(compareUtf8));
      }),
    );
  });

  it("is listed whole and once by pages of any size, with any prefix and delimiter", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(key, { maxLength: 40 }),
        fc.constantFrom("", "a", "a/", "/", "b-"),
        fc.constantFrom("", "/", "-", "a/"),
        fc.integer({ min: 1, max: 7 }),
        (keys, prefix, delimiter, maxKeys) => {
          const index = new KeyIndex<StoredObject>();
          for (const name of keys) index.set(name, { etag: name } as StoredObject);
          const found = { objects: [] as string[], prefixes: [] as string[] };
          for (let after: string | undefined = ""; after !== undefined; ) {
            const page = listPage(index, { prefix, delimiter, maxKeys, after });
            expect(page.objects.length + page.prefixes.length).toBeLessThanOrEqual(maxKeys);
            found.objects.push(...page.objects.map((o) => o.key));
            found.prefixes.push(...page.prefixes);
            after = page.next;
          }
          const matching = keys.filter((name) => name.startsWith(prefix)).sort(compareUtf8);
          const group = (name: string) => {
            const end = delimiter === "" ? -1 : name.indexOf(delimiter, prefix.length);
            return end < 0 ? undefined : name.slice(0, end + delimiter.length);
          };
          expect(found.objects).toEqual(matching.filter((name) => group(name) === undefined));
          expect(found.prefixes).toEqual([...new Set(matching.map(group).filter((g) => g !== undefined))]);
        },
      ),
    );
  });
});
