/** One object: put, get, head, delete. */
import { type AwsResponse, notServed } from "../../service.ts";
import { checkRead, checkWrite } from "../conditions.ts";
import { invalidArgument, noSuchKey } from "../errors.ts";
import {
  describingHeaders,
  objectHeaders,
  refuseUnserved,
  refuseVersionsAndParts,
  requireLength,
} from "../object-headers.ts";
import { bucketOf, headerOf, type S3Context, type S3Operation, type S3Request } from "../operation.ts";
import { parseRange } from "../range.ts";
import { readContent, readSmallContent, writeContent } from "../storage/content.ts";
import type { StoredObject } from "../storage/records.ts";
import { checksumHeaders, storedChecksum } from "../upload-checksum.ts";

export const putObject: S3Operation = async (request, context) => {
  refuseUnserved(request);
  const bucket = bucketOf(request, context);
  const headers = objectHeaders(request);
  checkWrite(request, request.key, bucket.objects.get(request.key));
  requireLength(request);
  const { file, size, md5 } = await writeContent(bucket, request.body);
  const checksum = storedChecksum(request);
  const object: StoredObject = {
    parts: size > 0 ? [{ file, size }] : [],
    size,
    etag: md5,
    modified: Date.now(),
    headers,
    ...(checksum && { checksum }),
  };
  try {
    // The bucket may have gone and another writer may have come while the body was read.
    checkWrite(request, request.key, bucketOf(request, context).objects.get(request.key));
    bucket.commit({ op: "put", key: request.key, object });
  } catch (error) {
    bucket.discard(object.parts);
    throw error;
  }
  await context.events.send(request, bucket, "ObjectCreated:Put", request.key, object);
  return {
    status: 200,
    headers: { etag: `"${md5}"`, "x-amz-server-side-encryption": "AES256", ...checksumHeaders(checksum) },
  };
};

function objectOf(request: S3Request, context: S3Context): StoredObject {
  refuseVersionsAndParts(request);
  const object = bucketOf(request, context).objects.get(request.key);
  if (!object) throw noSuchKey(request.key);
  return object;
}

/** Query parameters with which a client sets headers of the answer. */
const OVERRIDES = [
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-type",
  "expires",
];

/** What HTTP can carry in a header. */
const HEADER_TEXT = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Status, headers and the bytes to send: what GET and HEAD have in common. */
function describe(request: S3Request, object: StoredObject) {
  if (!checkRead(request, object)) {
    return { status: 304, headers: { etag: `"${object.etag}"` }, start: 0, end: -1 };
  }
  const range = parseRange(headerOf(request, "range"), object.size);
  const { start, end } = range ?? { start: 0, end: object.size - 1 };
  const withChecksum = !range && headerOf(request, "x-amz-checksum-mode") === "ENABLED";
  const headers: Record<string, string | number> = {
    ...describingHeaders(object, withChecksum),
    "content-length": end - start + 1,
  };
  if (range) headers["content-range"] = `bytes ${start}-${end}/${object.size}`;
  for (const name of OVERRIDES) {
    const value = request.query.get(`response-${name}`);
    if (value === null) continue;
    if (!HEADER_TEXT.test(value)) throw invalidArgument("Header value cannot be sent.", `response-${name}`, value);
    headers[name] = value;
  }
  return { status: range ? 206 : 200, headers, start, end };
}

export const getObject: S3Operation = (request, context): AwsResponse => {
  const object = objectOf(request, context);
  const { status, headers, start, end } = describe(request, object);
  if (end < start) return { status, headers };
  const bucket = bucketOf(request, context);
  const body = readSmallContent(bucket, object.parts, start, end) ?? readContent(bucket, object.parts, start, end);
  return { status, headers, body };
};

export const headObject: S3Operation = (request, context): AwsResponse => {
  const { status, headers } = describe(request, objectOf(request, context));
  return { status, headers };
};

export const deleteObject: S3Operation = async (request, context) => {
  refuseVersionsAndParts(request);
  if (request.headers["if-match"] !== undefined) throw notServed("DeleteObject with a condition");
  const bucket = bucketOf(request, context);
  if (bucket.objects.get(request.key)) {
    bucket.commit({ op: "delete", key: request.key });
    await context.events.send(request, bucket, "ObjectRemoved:Delete", request.key);
  }
  return { status: 204 };
};
