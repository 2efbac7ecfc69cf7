import { join, relative } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeKey, uploadEvent } from "../../../../src/providers/aws/fan-out.ts";
import { splitSource, unsafeKey } from "../../../../src/providers/aws/get.ts";

const keys = fc
  .array(fc.oneof(fc.constantFrom("..", ".", "", "a", "...", "..x"), fc.string()), { minLength: 1 })
  .map((parts) => parts.join("/"));

describe("unsafeKey", () => {
  it("lets no key leave the folder", () => {
    fc.assert(
      fc.property(keys, (key) => {
        if (unsafeKey(key) !== undefined) return;
        const below = relative("/target", join("/target", key));
        expect(below === key && !below.startsWith("../")).toBe(true);
      }),
    );
  });

  it.each(["/etc/x", "../x", "a/../../x", "a//b", "a/./b", "..", "a/..", "a\0b"])("refuses %j", (key) => {
    expect(unsafeKey(key)).toBeDefined();
  });

  it.each(["a", "in/a b+c ñ.txt", "..a/b..", ".hidden", "a\\..\\b"])("takes %j", (key) => {
    expect(unsafeKey(key)).toBeUndefined();
  });
});

describe("encodeKey", () => {
  it("is undone by what functions do with S3's events", () => {
    const text = fc.string({ unit: "grapheme" });
    fc.assert(
      fc.property(text, (key) => {
        expect(decodeURIComponent(encodeKey(key).replaceAll("+", " "))).toBe(key);
      }),
    );
  });

  it("writes keys as S3 does", () => {
    expect(encodeKey("in/b c+d (ñ).txt")).toBe("in/b+c%2Bd+%28%C3%B1%29.txt");
  });
});

it("builds S3's event of an upload", () => {
  const request = {
    place: { bucket: "photos", folder: "in/" },
    partition: "aws-cn",
    region: "cn-north-1",
  };
  const object = { key: "in/a b.png", size: 3, lastModified: new Date(0) };
  expect(uploadEvent(object, request)).toMatchObject({
    Records: [
      {
        eventSource: "aws:s3",
        eventTime: "1970-01-01T00:00:00.000Z",
        s3: { bucket: { name: "photos", arn: "arn:aws-cn:s3:::photos" }, object: { key: "in/a+b.png", size: 3 } },
      },
    ],
  });
});

it.each([
  ["photos", { bucket: "photos", path: "" }],
  ["photos/", { bucket: "photos", path: "" }],
  ["/photos/in/", { bucket: "photos", path: "in/" }],
  ["photos/in/a.txt", { bucket: "photos", path: "in/a.txt" }],
])("splitSource %s", (source, expected) => expect(splitSource(source)).toEqual(expected));
