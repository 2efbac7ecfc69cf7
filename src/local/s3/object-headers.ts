/** The headers that are kept with an object, and those that describe it in an answer. */
import { AwsError, type AwsRequest, notServed } from "../service.ts";
import { entityTooLarge, invalidArgument } from "./errors.ts";
import { headerOf } from "./operation.ts";
import type { ObjectHeaders, StoredObject, Tag } from "./storage/records.ts";
import { parseTagHeader } from "./tagging/tag-set.ts";

const KEPT = ["cache-control", "content-disposition", "content-language", "content-type", "expires"];

/** What cannot be honoured is refused, never ignored: who asks for it relies on it. */
const UNSERVED = [
  "x-amz-object-lock-mode",
  "x-amz-object-lock-legal-hold",
  "x-amz-server-side-encryption-customer-algorithm",
  "x-amz-website-redirect-location",
  "x-amz-write-offset-bytes",
];

export function refuseUnserved(request: AwsRequest): void {
  for (const name of UNSERVED) if (request.headers[name] !== undefined) throw notServed(`the header ${name}`);
  const encryption = headerOf(request, "x-amz-server-side-encryption");
  if (encryption !== undefined && encryption !== "AES256")
    throw notServed(`x-amz-server-side-encryption: ${encryption}`);
}

const BYPASS = "x-amz-bypass-governance-retention";

/** Deletions that would break a lock, in buckets that have none. Throws `InvalidArgument`. */
export function refuseBypass(request: AwsRequest): void {
  if (request.headers[BYPASS] === undefined) return;
  throw invalidArgument(`${BYPASS} is only applicable to Object Lock enabled buckets.`, BYPASS);
}

/** The most that one request may upload. */
const MAX_UPLOAD = 5 * 1024 ** 3;

/** S3 takes no body of unknown length, and none over 5 GiB. */
export function requireLength(request: AwsRequest): void {
  const length = headerOf(request, "x-amz-decoded-content-length") ?? headerOf(request, "content-length");
  if (length === undefined) {
    throw new AwsError(411, "MissingContentLength", "You must provide the Content-Length HTTP header.");
  }
  if (Number(length) > MAX_UPLOAD) {
    throw entityTooLarge(length, MAX_UPLOAD);
  }
}

/** Names and values of the user's metadata together, in bytes. */
const MAX_METADATA = 2048;

/** The headers of a request that stay with the object it writes. */
export function objectHeaders(request: AwsRequest): ObjectHeaders {
  const headers: Record<string, string> = {};
  for (const name of KEPT) {
    const value = headerOf(request, name);
    if (value !== undefined) headers[name] = value;
  }
  headers["content-type"] ??= "binary/octet-stream";
  // aws-chunked is how the body was sent, not what it is.
  const encoding = (headerOf(request, "content-encoding") ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "" && name !== "aws-chunked");
  if (encoding.length > 0) headers["content-encoding"] = encoding.join(",");
  let size = 0;
  for (const [name, value] of Object.entries(request.headers)) {
    if (!name.startsWith("x-amz-meta-")) continue;
    headers[name] = String(value);
    // Headers are read a character for each byte.
    size += name.length - "x-amz-meta-".length + String(value).length;
  }
  if (size > MAX_METADATA) {
    throw new AwsError(400, "MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size", {
      Size: String(size),
      MaxSizeAllowed: String(MAX_METADATA),
    });
  }
  return headers;
}

/** The tags that a request gives to the object it writes; nothing when there are none. */
export function requestedTags(request: AwsRequest): { readonly tags?: readonly Tag[] } {
  const tags = parseTagHeader(headerOf(request, "x-amz-tagging") ?? "");
  return tags.length > 0 ? { tags } : {};
}

/** What GetObject and HeadObject say of an object, but for its length. */
export function describingHeaders(object: StoredObject): Record<string, string> {
  const tags = object.tags?.length ?? 0;
  const headers: Record<string, string> = {
    etag: `"${object.etag}"`,
    "last-modified": new Date(object.modified).toUTCString(),
    "accept-ranges": "bytes",
    "x-amz-server-side-encryption": "AES256",
  };
  if (object.storageClass !== undefined) headers["x-amz-storage-class"] = object.storageClass;
  if (tags > 0) headers["x-amz-tagging-count"] = String(tags);
  return Object.assign(headers, object.headers);
}
