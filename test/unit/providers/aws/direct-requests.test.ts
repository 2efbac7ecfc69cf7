/** What the requests of our own read and write, against the SDK and against what XML and HTTP allow. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { s3Client } from "../../../../src/providers/aws/clients/s3.ts";
import { clientSettings } from "../../../../src/providers/aws/clients/settings.ts";
import { endpointAddress } from "../../../../src/providers/aws/direct/address.ts";
import { bucketAddress } from "../../../../src/providers/aws/direct/bucket-address.ts";
import { pageOf } from "../../../../src/providers/aws/direct/list-page.ts";
import { answerHead, requestHead } from "../../../../src/providers/aws/direct/message.ts";

describe("the address of a bucket behind an endpoint", () => {
  it.each([
    "http://127.0.0.1:9000",
    "http://localhost:80",
    "https://s3.example.com",
    "https://s3.example.com:8443/",
    "https://example.com/storage/s3",
    "http://[::1]:9000",
  ])("%s is the SDK's", async (endpoint) => {
    for (const bucket of ["bucket", "my.bucket-1"]) {
      const session = { region: "eu-west-1", endpoint, credentials: { accessKeyId: "AKIAX", secretAccessKey: "y" } };
      const s3 = s3Client(session, await clientSettings(session));
      const { hostname, ...address } = (await bucketAddress(s3, bucket))!;
      expect(endpointAddress(session, bucket)).toEqual({ ...address, hostname });
      s3.destroy();
    }
  });

  it.each([
    ["https://user:secret@example.com", "bucket"],
    ["https://example.com/?a=b", "bucket"],
    ["not an address", "bucket"],
    ["ftp://example.com", "bucket"],
    ["http://localhost", "arn:aws:s3:us-east-1:123456789012:accesspoint/x"],
    ["http://localhost", "bucket--use1-az4--x-s3"],
    ["http://localhost", "a/b"],
    [undefined, "bucket"],
  ])("%s and %s are left to the SDK", (endpoint, bucket) => {
    expect(
      endpointAddress({ region: "eu-west-1", ...(endpoint !== undefined && { endpoint }) }, bucket),
    ).toBeUndefined();
  });
});

const escaped = (text: string): string =>
  text.replace(/[&<>"\r]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c] ?? "&#13;");

const page = (contents: string, rest = "<IsTruncated>false</IsTruncated>"): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="x"><Name>b</Name>${rest}${contents}</ListBucketResult>`;

const object = (key: string, size = 1): string => `<Contents><Key>${escaped(key)}</Key><Size>${size}</Size></Contents>`;

describe("a page of keys", () => {
  it("gives back every key and size", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ key: fc.string({ unit: "binary", minLength: 1 }), size: fc.maxSafeNat() })),
        fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
        (objects, next) => {
          const rest =
            next === undefined
              ? "<IsTruncated>false</IsTruncated>"
              : `<IsTruncated>true</IsTruncated><NextContinuationToken>${escaped(next)}</NextContinuationToken>`;
          const xml = page(objects.map(({ key, size }) => object(key, size)).join(""), rest);
          expect(pageOf(xml)).toEqual({ objects, next });
        },
      ),
    );
  });

  it("knows entities by number", () => {
    expect(pageOf(page("<Contents><Size>0</Size><Key>&#34;&#x1F600;&unknown;</Key></Contents>"))?.objects).toEqual([
      { key: '"😀&unknown;', size: 0 },
    ]);
  });

  it.each([
    "",
    "<Error><Code>x</Code></Error>",
    page("").slice(0, -3),
    page("", ""),
    page("", "<IsTruncated>true</IsTruncated>"),
    page("<!-- x -->"),
    page("<Contents><Key><![CDATA[x]]></Key><Size>1</Size></Contents>"),
    page("<Contents><Key>x</Key></Contents>"),
    page('<Contents a="b"><Key>x</Key><Size>1</Size></Contents>'),
    page(object("x"), "<IsTruncated>false</IsTruncated><EncodingType>url</EncodingType>"),
  ])("is left to the SDK in any other form: %s", (xml) => {
    expect(pageOf(xml)).toBeUndefined();
  });
});

describe("heads of messages", () => {
  it("tell status, length and whether the connection stays", () => {
    expect(answerHead('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: "a:b"\r\nx: 1\r\nX: 2')).toEqual({
      status: 200,
      headers: { "content-length": "5", etag: '"a:b"', x: "1, 2" },
      length: 5,
      isPersistent: true,
    });
    expect(answerHead("HTTP/1.1 204 No Content\r\nconnection: Close")).toMatchObject({
      length: 0,
      isPersistent: false,
    });
    expect(answerHead("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5").length).toBeUndefined();
  });

  it.each([
    "HTTP/1.0 200 OK",
    "HTTP/1.1 100 Continue",
    "<html>",
    "HTTP/1.1 200 OK\r\nno colon",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6",
    "HTTP/1.1 200 OK\r\nContent-Length: -5",
  ])("are refused: %j", (text) => {
    expect(() => answerHead(text)).toThrow();
  });

  it("never hold what begins another line", () => {
    const text = fc.string({ unit: "binary" });
    fc.assert(
      fc.property(text, text, (path, value) => {
        let head: string;
        try {
          head = requestHead("GET", path, { name: value });
        } catch {
          return;
        }
        expect(head).toBe(`GET ${path} HTTP/1.1\r\nname: ${value}\r\n\r\n`);
        expect(/[\r\n\0]/.test(path + value)).toBe(false);
      }),
    );
    expect(() => requestHead("GET", "/x", { token: "a\r\nb: c" })).toThrow("header token");
  });
});
