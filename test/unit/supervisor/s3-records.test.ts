import { join, normalize } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeKey,
  isFolderMarker,
  type ObjectRecord,
  parseObjectRecord,
  stagedName,
} from "../../../src/supervisor/events/s3-records.ts";

const text = fc.string({ unit: "binary", maxLength: 300 }).filter((s) => Buffer.from(s).toString() === s);

/** As S3 writes keys into events. */
const formEncode = (key: string): string => new URLSearchParams({ key }).toString().slice("key=".length);

describe("object keys in events", () => {
  it("are decoded as forms are", () => {
    expect(decodeKey("in/b+c%2Bd+%C3%B1.txt")).toBe("in/b c+d ñ.txt");
    expect(decodeKey("in/100%25.txt")).toBe("in/100%.txt");
  });

  it("decode to what was encoded, any key", () => {
    fc.assert(
      fc.property(text, (key) => {
        expect(decodeKey(formEncode(key))).toBe(key);
      }),
    );
  });

  it("keep a percent sign that encodes nothing", () => {
    expect(decodeKey("100%.txt")).toBe("100%.txt");
    expect(decodeKey("50%+%C3%B1")).toBe("50% ñ");
  });
});

describe("the staged file's name", () => {
  it.each([
    ["in/photo.png", "photo.png"],
    ["photo.png", "photo.png"],
    ["in/../../etc/passwd", "passwd"],
    ["in/..", "input"],
    ["in/.", "input"],
    ["/", "input"],
    ["in/folder/", "folder"],
    ["in/a\0b", "a_b"],
  ])("of %j is %j", (key, name) => expect(stagedName(key)).toBe(name));

  it("keeps the extension of a name that is too long for a file system", () => {
    const name = stagedName(`in/${"ñ".repeat(200)}.tar.gz`);
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
    expect(name).toMatch(/^ñ+.*\.gz$/);
  });

  it("is a file directly in the folder, whatever the key", () => {
    const key = fc.oneof(
      text,
      fc.array(fc.constantFrom("..", ".", "", "a", "/", "\0", "ñ".repeat(200))).map((p) => p.join("/")),
    );
    fc.assert(
      fc.property(key, (k) => {
        const name = stagedName(k);
        expect(normalize(join("/folder", name))).toBe(`/folder/${name}`);
        expect(name).not.toMatch(/^$|\/|\0/);
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
      }),
    );
  });
});

describe("records", () => {
  const record = (object: unknown, bucket: unknown = { name: "b" }) => ({ s3: { bucket, object } });

  it("give bucket, decoded key, size and time", () => {
    const raw = { ...record({ key: "a+b", size: 3 }), eventTime: "2026-11-21T00:00:00.000Z" };
    expect(parseObjectRecord(raw)).toEqual({ bucket: "b", key: "a b", size: 3, eventTime: raw.eventTime, raw });
  });

  it.each([
    [record({ key: "k" }, {}), "s3.bucket.name"],
    [record({ key: 5 }), "s3.object.key"],
    [record({}), "s3.object.key"],
    [{ s3: null }, "s3.bucket.name"],
    [null, "s3.bucket.name"],
    ["text", "s3.bucket.name"],
  ])("without what is needed name no object, and say what they lack: %j", (raw, what) => {
    const why = `says that it is of S3, but ${what} is missing`;
    expect(parseObjectRecord(raw)).toEqual({ why, malformed: true });
  });

  it.each(["ObjectRemoved:Delete", "s3:ObjectRemoved:DeleteMarkerCreated", "LifecycleExpiration:Delete"])(
    "of %s name no object: it is gone",
    (eventName) => {
      const found = parseObjectRecord({ ...record({ key: "k" }), eventName });
      expect(found).toEqual({ why: expect.stringContaining(eventName), malformed: false });
    },
  );

  it("are folder markers when the key ends with a slash and there is nothing in it", () => {
    const marker = (key: string, size?: number) =>
      isFolderMarker(parseObjectRecord(record({ key, size })) as ObjectRecord);
    expect(marker("in/", 0)).toBe(true);
    expect(marker("in/")).toBe(true);
    expect(marker("in/", 7)).toBe(false);
    expect(marker("in/empty.txt", 0)).toBe(false);
  });
});
