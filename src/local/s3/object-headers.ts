/** The headers that are kept with an object, and those that describe it in an answer. */
import { AwsError, type AwsRequest, notServed } from "../service.ts";
import { headerOf } from "./operation.ts";
import type { ObjectHeaders, StoredObject } from "./storage/records.ts";

const KEPT = ["cache-control", "content-disposition", "content-language", "content-type", "expires"];

/** What cannot be honoured is refused, never ignored: who asks for it relies on it. */
const UNSERVED = [
  "x-amz-object-lock-mode",
  "x-amz-object-lock-legal-hold",
  "x-amz-server-side-encryption-customer-algorithm",
  "x-amz-tagging",
  "x-amz-website-redirect-location",
  "x-amz-write-offset-bytes",
];

const UNSERVED_QUERY = ["versionId", "partNumber"];

/** For requests to an object as it is. */
export function refuseVersionsAndParts(request: AwsRequest): void {
  for (const name of UNSERVED_QUERY) {
    const value = request.query.get(name);
    // The one version of a bucket without versioning is called "null".
    if (value !== null && value !== "null") throw notServed(`the parameter ${name}`);
  }
}

export function refuseUnserved(request: AwsRequest): void {
  for (const name of UNSERVED) if (request.headers[name] !== undefined) throw notServed(`the header ${name}`);
  const encryption = headerOf(request, "x-amz-server-side-encryption");
  if (encryption !== undefined && encryption !== "AES256")
    throw notServed(`x-amz-server-side-encryption: ${encryption}`);
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
    throw new AwsError(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", {
      ProposedSize: length,
      MaxSizeAllowed: String(MAX_UPLOAD),
    });
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
  headers["content-type"] ??= "application/octet-stream";
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
    size += name.length - "x-amz-meta-".length + Buffer.byteLength(String(value));
  }
  if (size > MAX_METADATA) {
    throw new AwsError(400, "MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size", {
      Size: String(size),
      MaxSizeAllowed: String(MAX_METADATA),
    });
  }
  return headers;
}

/** What GetObject and HeadObject say of an object, but for its length. */
export function describingHeaders(object: StoredObject, withChecksum: boolean): Record<string, string> {
  return {
    ...object.headers,
    etag: `"${object.etag}"`,
    "last-modified": new Date(object.modified).toUTCString(),
    "accept-ranges": "bytes",
    "x-amz-server-side-encryption": "AES256",
    ...(withChecksum &&
      object.checksum && {
        [`x-amz-checksum-${object.checksum.name}`]: object.checksum.value,
        "x-amz-checksum-type": "FULL_OBJECT",
      }),
  };
}
