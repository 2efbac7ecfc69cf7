/** GetObject and HeadObject. */
import type { AwsResponse } from "../../service.ts";
import { checksumHeaders } from "../checksum/upload.ts";
import { checkRead } from "../conditions.ts";
import { invalidArgument } from "../errors.ts";
import { describingHeaders } from "../object-headers.ts";
import { bucketOf, headerOf, type S3Operation, type S3Request } from "../operation.ts";
import { readPart } from "../part-number.ts";
import { parseRange } from "../range.ts";
import { contentBlocks } from "../storage/blocks.ts";
import { readSmallContent } from "../storage/content.ts";
import type { StoredObject } from "../storage/records.ts";
import { requireReadable } from "../storage-class.ts";
import { requireObject } from "../versions.ts";

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

function overrides({ query }: S3Request): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of OVERRIDES) {
    const value = query.get(`response-${name}`);
    if (value === null) continue;
    if (!HEADER_TEXT.test(value)) {
      throw invalidArgument("Header value cannot be represented using ISO-8859-1.", `response-${name}`, value);
    }
    headers[name] = value;
  }
  return headers;
}

/** Status, headers and the bytes to send: what GET and HEAD have in common. */
function describe(request: S3Request, object: StoredObject) {
  const whole = describingHeaders(object);
  if (!checkRead(request, object)) {
    const { etag, "last-modified": modified } = whole;
    return { status: 304, headers: { etag: etag!, "last-modified": modified! }, start: 0, end: -1 };
  }
  const asked = headerOf(request, "range");
  const part = readPart(request.query.get("partNumber"), asked, object);
  const range = part?.range ?? parseRange(asked, object.size);
  const { start, end } = range ?? { start: 0, end: object.size - 1 };
  const checksum = part ? part.checksum : range ? undefined : object.checksum;
  const headers: Record<string, string | number> = whole;
  headers["content-length"] = end - start + 1;
  if (headerOf(request, "x-amz-checksum-mode")?.toUpperCase() === "ENABLED") {
    Object.assign(headers, checksumHeaders(checksum));
  }
  if (part?.count !== undefined) headers["x-amz-mp-parts-count"] = part.count;
  if (range) headers["content-range"] = `bytes ${start}-${end}/${object.size}`;
  if (request.query.size > 0) Object.assign(headers, overrides(request));
  return { status: range ? 206 : 200, headers, start, end };
}

export const getObject: S3Operation = (request, context): AwsResponse => {
  const object = requireObject(request, context);
  requireReadable(object);
  const { status, headers, start, end } = describe(request, object);
  if (end < start) return { status, headers };
  const bucket = bucketOf(request, context);
  const body = readSmallContent(bucket, object.parts, start, end) ?? contentBlocks(bucket, object.parts, start, end);
  return { status, headers, body };
};

export const headObject: S3Operation = (request, context): AwsResponse => {
  const { status, headers } = describe(request, requireObject(request, context));
  return { status, headers };
};
