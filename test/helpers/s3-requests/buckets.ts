/** Listings and buckets. */
import type { Request, S3Request } from "./request.ts";

const LISTED = ["a.txt", "b/1", "b/2", "b/c/3", "b-d", "B", "z/ö", "z/o p", "z&q"];

export function listings(): S3Request[] {
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

export function buckets(): S3Request[] {
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
