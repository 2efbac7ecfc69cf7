/** Objects with odd keys, ranges, conditions and metadata. */
import { createHash } from "node:crypto";
import { BUCKET, get, head, PAST, path, put, type S3Request, withHeaders } from "./request.ts";

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

export function keys(): S3Request[] {
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

export function ranges(): S3Request[] {
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

const FUTURE = "Fri, 01 Jan 2100 00:00:00 GMT";

export function conditions(): S3Request[] {
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

export function metadata(): S3Request[] {
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
