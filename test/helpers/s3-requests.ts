/** The requests that two S3 servers are given alike: a user's ordinary ones, odd ones, and the mistakes. */
import { createHash } from "node:crypto";

export interface S3Request {
  /** Unique; says what is asked. */
  readonly name: string;
  readonly method: string;
  /** As it is sent, with the query; `{variable}` stands for what an earlier answer gave. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** `{variable}` as in the path. */
  readonly body?: string | Buffer;
  /** Value of `x-amz-content-sha256`; default: the body's hash. */
  readonly payloadHash?: string;
  /** Names that values of the answer get: by an element of its document, or `etag`. */
  readonly keep?: Readonly<Record<string, string>>;
}

const BUCKET = "/parity";
const md5 = (text: string | Buffer): string => createHash("md5").update(text).digest("base64");
const path = (key: string): string => `${BUCKET}/${key.split("/").map(encodeURIComponent).join("/")}`;

type Request = Omit<S3Request, "name" | "method" | "path">;
const get = (name: string, key: string, more: Request = {}): S3Request => ({
  name,
  method: "GET",
  path: path(key),
  ...more,
});
const head = (name: string, key: string, more: Request = {}): S3Request => ({
  name,
  method: "HEAD",
  path: path(key),
  ...more,
});
const put = (name: string, key: string, body: string | Buffer, more: Request = {}): S3Request => ({
  name,
  method: "PUT",
  path: path(key),
  body,
  ...more,
});
const onBucket = (name: string, method: string, query: string, more: Request = {}): S3Request => ({
  name,
  method,
  path: `${BUCKET}${query && `?${query}`}`,
  ...more,
});
const withHeaders = (headers: Readonly<Record<string, string>>): Request => ({ headers });

const ODD_KEYS = [
  "plain.txt",
  "with space and+plus",
  "per%cent%41",
  "questions?=&#",
  "quotes'\"`",
  "brackets[]{}()<>",
  "ünïcödé-ñ",
  "日本語/キー",
  "emoji 🎉",
  "semi;colon:comma,",
  "back\\slash",
  "star*and!bang",
  "tilde~and^hat|pipe",
  "deep/er/and/deeper/still",
  "dots...and.more",
  "UPPER/lower/Upper",
  "control\u0001char",
  "tab\tand\nnewline",
  "\u{ffff}-high",
  "$dollar@at",
];

function keys(): S3Request[] {
  return ODD_KEYS.flatMap((key, i) => [
    put(`key ${i}: put`, key, `body of ${i}`),
    head(`key ${i}: head`, key),
    get(`key ${i}: get`, key),
    {
      name: `key ${i}: list`,
      method: "GET",
      path: `${BUCKET}?list-type=2&prefix=${encodeURIComponent(key)}&encoding-type=url`,
    },
  ]);
}

const RANGES = [
  ...["bytes=0-0", "bytes=0-4", "bytes=5-", "bytes=-5", "bytes=10-25", "bytes=25-100", "bytes=0-1000", "bytes=-100"],
  ...[
    "bytes=26-",
    "bytes=100-200",
    "bytes=-0",
    "bytes=5-2",
    "bytes=0-1,3-4",
    "bytes=a-b",
    "items=0-1",
    "bytes=",
    "bytes=0",
  ],
];

function ranges(): S3Request[] {
  return [
    put("range: object", "ranges/alphabet", "abcdefghijklmnopqrstuvwxyz"),
    put("range: empty object", "ranges/empty", ""),
    ...RANGES.flatMap((range) => [get(`range ${range}: get`, "ranges/alphabet", withHeaders({ range }))]),
    ...["bytes=0-0", "bytes=5-", "bytes=100-200"].map((range) =>
      head(`range ${range}: head`, "ranges/alphabet", withHeaders({ range })),
    ),
    ...["bytes=0-0", "bytes=0-", "bytes=-1"].map((range) =>
      get(`range ${range}: get of nothing`, "ranges/empty", withHeaders({ range })),
    ),
  ];
}

const PAST = "Sat, 01 Jan 2000 00:00:00 GMT";
const FUTURE = "Fri, 01 Jan 2100 00:00:00 GMT";

function conditions(): S3Request[] {
  const tag = `"${createHash("md5").update("conditional").digest("hex")}"`;
  const other = '"00000000000000000000000000000000"';
  const reads: Record<string, Record<string, string>> = {
    match: { "if-match": tag },
    "match unquoted": { "if-match": tag.replaceAll('"', "") },
    "match other": { "if-match": other },
    "match any": { "if-match": "*" },
    "none-match": { "if-none-match": tag },
    "none-match other": { "if-none-match": other },
    "none-match any": { "if-none-match": "*" },
    "modified since past": { "if-modified-since": PAST },
    "modified since future": { "if-modified-since": FUTURE },
    "unmodified since past": { "if-unmodified-since": PAST },
    "unmodified since future": { "if-unmodified-since": FUTURE },
    "match, unmodified since past": { "if-match": tag, "if-unmodified-since": PAST },
    "none-match other, modified since past": { "if-none-match": other, "if-modified-since": PAST },
    "none-match, modified since past": { "if-none-match": tag, "if-modified-since": PAST },
  };
  return [
    put("condition: object", "conditional", "conditional"),
    ...Object.entries(reads).flatMap(([name, headers]) => [
      get(`condition ${name}: get`, "conditional", { headers }),
      head(`condition ${name}: head`, "conditional", { headers }),
    ]),
    put("condition: put if none there, one is", "conditional", "conditional", withHeaders({ "if-none-match": "*" })),
    put("condition: put if none there, none is", "conditional-new", "x", withHeaders({ "if-none-match": "*" })),
    put("condition: put if match", "conditional", "conditional", withHeaders({ "if-match": tag })),
    put("condition: put if match other", "conditional", "x", withHeaders({ "if-match": other })),
    put("condition: put if match, none there", "conditional-none", "x", withHeaders({ "if-match": tag })),
  ];
}

function metadata(): S3Request[] {
  const headers = {
    "content-type": "text/x-parity; charset=utf-8",
    "cache-control": "max-age=60",
    "content-disposition": 'attachment; filename="x.txt"',
    "content-encoding": "identity",
    "content-language": "en",
    "x-amz-meta-colour": "grey",
    "x-amz-meta-two-words": "a  b",
  };
  const overrides = [
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
  ];
  return [
    put("metadata: put", "metadata", "x", { headers }),
    head("metadata: head", "metadata"),
    get("metadata: get", "metadata"),
    put("metadata: put without content type", "metadata-none", "x"),
    head("metadata: head without content type", "metadata-none"),
    put("metadata: too large", "metadata-large", "x", withHeaders({ "x-amz-meta-large": "x".repeat(2100) })),
    ...overrides.map((name) => ({
      name: `override ${name}`,
      method: "GET",
      path: `${path("metadata")}?response-${name}=${encodeURIComponent(name === "expires" ? PAST : "text/x-other")}`,
    })),
  ];
}

function integrity(): S3Request[] {
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

function copies(): S3Request[] {
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

const PART = Buffer.alloc(5 * 1024 * 1024, "p");

function multipart(): S3Request[] {
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

const LISTED = ["a.txt", "b/1", "b/2", "b/c/3", "b-d", "B", "z/ö", "z/o p", "z&q"];

function listings(): S3Request[] {
  const list = (name: string, query: string, more: Request = {}): S3Request => ({
    name: `list ${name}`,
    method: "GET",
    path: `/parity-lists${query && `?${query}`}`,
    ...more,
  });
  const both = (name: string, query: string): S3Request[] => [
    list(`v1 ${name}`, query),
    list(`v2 ${name}`, `list-type=2&${query}`),
  ];
  return [
    { name: "list: bucket", method: "PUT", path: "/parity-lists" },
    list("v1 of nothing", ""),
    list("v2 of nothing", "list-type=2"),
    ...LISTED.map((key) => ({
      name: `list: put ${key}`,
      method: "PUT",
      path: `/parity-lists/${key.split("/").map(encodeURIComponent).join("/")}`,
      body: key,
    })),
    ...both("all", "encoding-type=url"),
    ...both("all, not encoded", "max-keys=1000"),
    ...both("by prefix", "prefix=b"),
    ...both("by a prefix that is a folder", "prefix=b/"),
    ...both("by a prefix of nothing", "prefix=nothing"),
    ...both("grouped", "delimiter=/"),
    ...both("grouped below a prefix", "delimiter=/&prefix=b/"),
    ...both("grouped by a letter", "delimiter=o"),
    ...both("grouped by two", "delimiter=/c"),
    ...both("with an odd delimiter, encoded", "delimiter=%26&encoding-type=url"),
    ...both("no keys", "max-keys=0"),
    ...both("too many keys", "max-keys=5000"),
    ...both("keys that are no number", "max-keys=x"),
    ...both("negative keys", "max-keys=-1"),
    ...both("encoded otherwise", "encoding-type=base64"),
    list("v1 after a marker", "marker=b/1"),
    list("v1 after a marker that is no key", "marker=b/15"),
    list("v1 after a group", "marker=b/&delimiter=/"),
    list("v1 first two", "max-keys=2"),
    list("v1 first two groups", "max-keys=2&delimiter=/"),
    list("v1 first two groups, encoded", "max-keys=5&delimiter=/&encoding-type=url"),
    list("v2 after a start", "list-type=2&start-after=b/1"),
    list("v2 after a start that is no key", "list-type=2&start-after=b/15"),
    list("v2 with owners", "list-type=2&fetch-owner=true&prefix=a"),
    list("v2 first two", "list-type=2&max-keys=2", { keep: { token: "NextContinuationToken" } }),
    list("v2 next two", "list-type=2&max-keys=2&continuation-token={token}", {
      keep: { token: "NextContinuationToken" },
    }),
    list("v2 rest", "list-type=2&continuation-token={token}"),
    list("v2 first three groups", "list-type=2&max-keys=3&delimiter=/", { keep: { token: "NextContinuationToken" } }),
    list("v2 other groups", "list-type=2&delimiter=/&continuation-token={token}"),
    list("v2 with an empty token", "list-type=2&continuation-token="),
    { name: "list of a missing bucket", method: "GET", path: "/parity-absent?list-type=2" },
  ];
}

function deletions(): S3Request[] {
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

function buckets(): S3Request[] {
  const bucket = (name: string, method: string, place: string, more: Request = {}): S3Request => ({
    name: `bucket: ${name}`,
    method,
    path: place,
    ...more,
  });
  return [
    bucket("make", "PUT", "/parity-two"),
    bucket("make again", "PUT", "/parity-two"),
    bucket("head", "HEAD", "/parity-two"),
    bucket("head of none", "HEAD", "/parity-absent"),
    bucket("location", "GET", "/parity-two?location"),
    bucket("versioning", "GET", "/parity-two?versioning"),
    bucket("name with capitals", "PUT", "/Parity-Two"),
    bucket("name too short", "PUT", "/ab"),
    bucket("name like an address", "PUT", "/10.0.0.1"),
    bucket("name with underscore", "PUT", "/parity_two"),
    bucket("with a nonsense document", "PUT", "/parity-three", { body: "<Nope" }),
    bucket("put into none", "PUT", "/parity-absent/key", { body: "x" }),
    bucket("get from none", "GET", "/parity-absent/key"),
    bucket("fill", "PUT", "/parity-two/key", { body: "x" }),
    bucket("delete a full one", "DELETE", "/parity-two"),
    bucket("empty", "DELETE", "/parity-two/key"),
    bucket("delete", "DELETE", "/parity-two"),
    bucket("delete again", "DELETE", "/parity-two"),
    bucket("list of them", "GET", "/"),
    bucket("policy of none", "GET", "/parity?policy"),
    bucket("tags of none", "GET", "/parity?tagging"),
    bucket("CORS of none", "GET", "/parity?cors"),
    bucket("a method that is none", "PATCH", "/parity"),
  ];
}

function tags(): S3Request[] {
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

/** In order: later ones need what earlier ones made. */
export const S3_REQUESTS: readonly S3Request[] = [
  onBucket("bucket", "PUT", ""),
  ...keys(),
  ...ranges(),
  ...conditions(),
  ...metadata(),
  ...integrity(),
  ...copies(),
  ...multipart(),
  ...listings(),
  ...deletions(),
  ...tags(),
  ...buckets(),
];
