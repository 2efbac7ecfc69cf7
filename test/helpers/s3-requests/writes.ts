/** What is promised about a body, copies, deletions and tags. */
import { createHash } from "node:crypto";
import { get, head, md5, onBucket, PAST, path, put, type Request, type S3Request, withHeaders } from "./request.ts";

export function integrity(): S3Request[] {
  const crc32 = { hello: "NhCmhg==", none: "AAAAAA==" };
  const sha256 = createHash("sha256").update("hello").digest("base64");
  const streaming = { payloadHash: "STREAMING-UNSIGNED-PAYLOAD-TRAILER" };
  const chunked = (crc: string, length = "5"): Request => ({
    ...streaming,
    headers: {
      "content-encoding": "aws-chunked",
      "x-amz-decoded-content-length": length,
      "x-amz-trailer": "x-amz-checksum-crc32",
    },
    body: `5\r\nhello\r\n0\r\nx-amz-checksum-crc32:${crc}\r\n\r\n`,
  });
  return [
    put("integrity: right MD5", "integrity", "hello", withHeaders({ "content-md5": md5("hello") })),
    put("integrity: wrong MD5", "integrity", "hello", withHeaders({ "content-md5": md5("other") })),
    put("integrity: no MD5 at all", "integrity", "hello", withHeaders({ "content-md5": "nonsense" })),
    put("integrity: right CRC32", "integrity", "hello", withHeaders({ "x-amz-checksum-crc32": crc32.hello })),
    put("integrity: wrong CRC32", "integrity", "hello", withHeaders({ "x-amz-checksum-crc32": crc32.none })),
    put("integrity: no CRC32 at all", "integrity", "hello", withHeaders({ "x-amz-checksum-crc32": "nonsense" })),
    put("integrity: right SHA256", "integrity", "hello", withHeaders({ "x-amz-checksum-sha256": sha256 })),
    head("integrity: head with checksum", "integrity", withHeaders({ "x-amz-checksum-mode": "ENABLED" })),
    get("integrity: get with checksum", "integrity", withHeaders({ "x-amz-checksum-mode": "ENABLED" })),
    get(
      "integrity: range with checksum",
      "integrity",
      withHeaders({ "x-amz-checksum-mode": "ENABLED", range: "bytes=0-1" }),
    ),
    put("integrity: unsigned payload", "integrity", "hello", { payloadHash: "UNSIGNED-PAYLOAD" }),
    put("integrity: wrong payload hash", "integrity", "hello", { payloadHash: "0".repeat(64) }),
    put("integrity: no payload hash at all", "integrity", "hello", { payloadHash: "nonsense" }),
    { ...put("integrity: chunks with trailer", "integrity-chunked", ""), ...chunked(crc32.hello) },
    get("integrity: get of chunks", "integrity-chunked", withHeaders({ "x-amz-checksum-mode": "ENABLED" })),
    { ...put("integrity: chunks with wrong trailer", "integrity-spoiled", ""), ...chunked(crc32.none) },
    { ...put("integrity: chunks of another length", "integrity-spoiled", ""), ...chunked(crc32.hello, "6") },
    get("integrity: nothing stored", "integrity-spoiled"),
  ];
}

export function copies(): S3Request[] {
  const from = (source: string, headers: Readonly<Record<string, string>> = {}): Request => ({
    headers: { "x-amz-copy-source": source, ...headers },
  });
  const copy = (
    name: string,
    key: string,
    source: string,
    headers: Readonly<Record<string, string>> = {},
  ): S3Request => ({
    name: `copy ${name}`,
    method: "PUT",
    path: path(key),
    ...from(source, headers),
  });
  return [
    put(
      "copy: source",
      "copy/source ñ+.txt",
      "to be copied",
      withHeaders({ "x-amz-meta-a": "1", "content-type": "text/x-a" }),
    ),
    copy("plain", "copy/one", "/parity/copy/source%20%C3%B1%2B.txt"),
    head("copy: head of it", "copy/one"),
    get("copy: get of it", "copy/one"),
    copy("without leading slash", "copy/two", "parity/copy/source%20%C3%B1%2B.txt"),
    copy("with new metadata", "copy/three", "parity/copy/one", {
      "x-amz-metadata-directive": "REPLACE",
      "x-amz-meta-b": "2",
      "content-type": "text/x-b",
    }),
    head("copy: head of new metadata", "copy/three"),
    copy("with a directive that is none", "copy/four", "parity/copy/one", { "x-amz-metadata-directive": "NONSENSE" }),
    copy("onto itself", "copy/one", "parity/copy/one"),
    copy("onto itself with new metadata", "copy/one", "parity/copy/one", { "x-amz-metadata-directive": "REPLACE" }),
    copy("of a missing key", "copy/five", "parity/copy/absent"),
    copy("of a missing bucket", "copy/five", "absent-bucket/key"),
    copy("without a key", "copy/five", "parity"),
    copy("if match other", "copy/six", "parity/copy/two", { "x-amz-copy-source-if-match": '"00"' }),
    copy("if none-match other", "copy/six", "parity/copy/two", { "x-amz-copy-source-if-none-match": '"00"' }),
    copy("if modified since future", "copy/six", "parity/copy/two", { "x-amz-copy-source-if-modified-since": PAST }),
    copy("if unmodified since past", "copy/six", "parity/copy/two", { "x-amz-copy-source-if-unmodified-since": PAST }),
  ];
}

export function deletions(): S3Request[] {
  const many = (name: string, keysToDelete: readonly string[], quiet = false, more: Request = {}): S3Request => {
    const body = `<Delete>${quiet ? "<Quiet>true</Quiet>" : ""}${keysToDelete.map((key) => `<Object><Key>${key}</Key></Object>`).join("")}</Delete>`;
    return onBucket(`delete many: ${name}`, "POST", "delete", { body, headers: { "content-md5": md5(body) }, ...more });
  };
  const one = (name: string, key: string): S3Request => ({
    name: `delete: ${name}`,
    method: "DELETE",
    path: path(key),
  });
  return [
    put("delete: object", "delete/one", "x"),
    one("it", "delete/one"),
    one("it again", "delete/one"),
    get("delete: it is gone", "delete/one"),
    head("delete: it is gone, head", "delete/one"),
    { name: "delete: in a missing bucket", method: "DELETE", path: "/parity-absent/key" },
    put("delete many: object 1", "delete/1", "x"),
    put("delete many: object 2", "delete/2 &<>", "x"),
    many("two and a missing one", ["delete/1", "delete/2 &amp;&lt;&gt;", "delete/absent"]),
    put("delete many: object 3", "delete/3", "x"),
    many("quietly", ["delete/3"], true),
    many("nothing", []),
    onBucket("delete many: nonsense", "POST", "delete", { body: "<Nope", headers: { "content-md5": md5("<Nope") } }),
    many("with a wrong MD5", ["delete/1"], false, withHeaders({ "content-md5": md5("other") })),
    onBucket("delete many: listed", "GET", "list-type=2&prefix=delete/"),
  ];
}

export function tags(): S3Request[] {
  const document = (entries: Readonly<Record<string, string>>) =>
    `<Tagging><TagSet>${Object.entries(entries)
      .map(([key, value]) => `<Tag><Key>${key}</Key><Value>${value}</Value></Tag>`)
      .join("")}</TagSet></Tagging>`;
  const tagging = (name: string, method: string, body?: string): S3Request => ({
    name: `tags: ${name}`,
    method,
    path: `${path("tagged")}?tagging`,
    ...(body !== undefined && { body, headers: { "content-md5": md5(body) } }),
  });
  return [
    put("tags: object", "tagged", "x", withHeaders({ "x-amz-tagging": "colour=grey&size=a%20b" })),
    tagging("get", "GET"),
    head("tags: counted", "tagged"),
    tagging("put", "PUT", document({ colour: "red" })),
    tagging("get new ones", "GET"),
    tagging("put too many", "PUT", document(Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`k${i}`, "v"])))),
    tagging("put a long name", "PUT", document({ ["k".repeat(129)]: "v" })),
    tagging("put nonsense", "PUT", "<Nope"),
    tagging("delete", "DELETE"),
    tagging("get none", "GET"),
    { name: "tags: of a missing key", method: "GET", path: `${path("absent")}?tagging` },
  ];
}
