/** Multipart uploads, and the mistakes that can be made with them. */
import { BUCKET, get, head, md5, onBucket, path, type Request, type S3Request, withHeaders } from "./request.ts";

const PART = Buffer.alloc(5 * 1024 * 1024, "p");

export function multipart(): S3Request[] {
  const key = "multi/part";
  const on = (name: string, method: string, query: string, more: Request = {}): S3Request => ({
    name: `multipart: ${name}`,
    method,
    path: `${path(key)}?${query}`,
    ...more,
  });
  const document = (...parts: readonly (readonly [number, string])[]) =>
    `<CompleteMultipartUpload>${parts.map(([n, etag]) => `<Part><PartNumber>${n}</PartNumber><ETag>${etag}</ETag></Part>`).join("")}</CompleteMultipartUpload>`;
  const complete = (name: string, body: string) => on(name, "POST", "uploadId={id}", { body });
  const unknown = "uploadId=00000000-0000-0000-0000-000000000000";
  return [
    on("create", "POST", "uploads", {
      headers: { "content-type": "text/x-multi", "x-amz-meta-m": "1" },
      keep: { id: "UploadId" },
    }),
    on("list no parts", "GET", "uploadId={id}"),
    on("part 1", "PUT", "partNumber=1&uploadId={id}", { body: PART, keep: { one: "etag" } }),
    on("part 1 again", "PUT", "partNumber=1&uploadId={id}", { body: PART, keep: { one: "etag" } }),
    on("part 3", "PUT", "partNumber=3&uploadId={id}", { body: "the end", keep: { three: "etag" } }),
    on("part by copy", "PUT", "partNumber=2&uploadId={id}", {
      headers: { "x-amz-copy-source": "parity/ranges/alphabet", "x-amz-copy-source-range": "bytes=0-4" },
      keep: { two: "ETag" },
    }),
    on("part by copy of a range outside", "PUT", "partNumber=4&uploadId={id}", {
      headers: { "x-amz-copy-source": "parity/ranges/alphabet", "x-amz-copy-source-range": "bytes=20-40" },
    }),
    on("part 0", "PUT", "partNumber=0&uploadId={id}", { body: "x" }),
    on("part 10001", "PUT", "partNumber=10001&uploadId={id}", { body: "x" }),
    on("part x", "PUT", "partNumber=x&uploadId={id}", { body: "x" }),
    on("part with wrong MD5", "PUT", "partNumber=9&uploadId={id}", { body: "x", headers: { "content-md5": md5("y") } }),
    on("part of an unknown upload", "PUT", `partNumber=1&${unknown}`, { body: "x" }),
    on("list parts", "GET", "uploadId={id}"),
    on("list parts, one", "GET", "uploadId={id}&max-parts=1"),
    on("list parts, after the first", "GET", "uploadId={id}&part-number-marker=1"),
    on("list parts of an unknown upload", "GET", unknown),
    onBucket("multipart: list uploads", "GET", "uploads"),
    onBucket("multipart: list uploads by prefix", "GET", "uploads&prefix=multi/"),
    onBucket("multipart: list uploads, none", "GET", "uploads&prefix=other"),
    get("multipart: not there yet", key),
    complete("complete without parts", document()),
    complete("complete with nonsense", "<Nonsense"),
    complete("complete in wrong order", document([3, "{three}"], [1, "{one}"])),
    complete("complete with a wrong ETag", document([1, '"00000000000000000000000000000000"'], [3, "{three}"])),
    complete("complete with a missing part", document([1, "{one}"], [7, "{three}"])),
    complete("complete with a small part", document([1, "{one}"], [2, "{two}"], [3, "{three}"])),
    complete("complete", document([1, "{one}"], [3, "{three}"])),
    head("multipart: head", key),
    get("multipart: last bytes", key, withHeaders({ range: "bytes=-9" })),
    get("multipart: bytes over the seam", key, withHeaders({ range: "bytes=5242876-5242884" })),
    { name: "multipart: listed", method: "GET", path: `${BUCKET}?list-type=2&prefix=multi/` },
    on("abort an unknown upload", "DELETE", unknown),
    on("create another", "POST", "uploads", { keep: { id: "UploadId" } }),
    on("part of another", "PUT", "partNumber=1&uploadId={id}", { body: "x" }),
    on("abort another", "DELETE", "uploadId={id}"),
    on("abort another again", "DELETE", "uploadId={id}"),
    on("part after the abort", "PUT", "partNumber=1&uploadId={id}", { body: "x" }),
  ];
}
