/** CopyObject: no byte is copied, the new object names the same content. */
import { xmlDocument } from "../../http/xml.ts";
import { checkAclHeaders } from "../acl.ts";
import { algorithmOf, checksumElements } from "../checksum/upload.ts";
import { checkWrite } from "../conditions.ts";
import { copySource } from "../copy-source.ts";
import { invalidArgument, invalidRequest } from "../errors.ts";
import { objectHeaders, refuseUnserved, requestedTags } from "../object-headers.ts";
import {
  bucketOf,
  headerOf,
  isoTime,
  S3_NAMESPACE,
  type S3Operation,
  type S3Request,
  xmlResponse,
} from "../operation.ts";
import type { Bucket } from "../storage/bucket.ts";
import { copyContent } from "../storage/content.ts";
import { digestContent } from "../storage/digest.ts";
import type { Part, StoredChecksum, StoredObject } from "../storage/records.ts";
import { requestedStorageClass } from "../storage-class.ts";

/** The largest object that S3 copies in one request. */
const MAX_COPY = 5 * 1024 ** 3;

/** Whether something is taken from the source or from the request. Throws `InvalidArgument`. */
function replaces(request: S3Request, what: "metadata" | "tagging"): boolean {
  const name = `x-amz-${what}-directive`;
  const directive = headerOf(request, name) ?? "COPY";
  if (directive !== "COPY" && directive !== "REPLACE") {
    throw invalidArgument(`Unknown ${what} directive.`, name, directive);
  }
  return directive === "REPLACE";
}

/** Headers that make a copy of an object onto itself a change. */
const CHANGES = ["x-amz-storage-class", "x-amz-server-side-encryption"];
const changes = (request: S3Request): boolean => CHANGES.some((name) => request.headers[name] !== undefined);

/**
 * ETag and checksum of the copy, which are those of an object put whole: the bytes are read again when they came in parts or when
 * another checksum is asked for.
 * @param parts the copy's own, which nobody can delete meanwhile.
 */
async function digests(
  request: S3Request,
  { checksum, etag, size }: StoredObject,
  bucket: Bucket,
  parts: readonly Part[],
): Promise<{ readonly etag: string; readonly checksum?: StoredChecksum }> {
  const asked = algorithmOf(request, "x-amz-checksum-algorithm") ?? checksum?.name;
  const kept = asked === checksum?.name && checksum?.type !== "COMPOSITE";
  if (kept && !etag.includes("-")) return { etag, ...(checksum && { checksum }) };
  const computed = await digestContent(bucket, { parts, size }, kept ? undefined : asked);
  const known = kept ? checksum : computed.checksum;
  return { etag: computed.md5, ...(known && { checksum: known }) };
}

export const copyObject: S3Operation = async (request, context) => {
  refuseUnserved(request);
  const bucket = bucketOf(request, context);
  checkAclHeaders(request, bucket.info);
  const source = copySource(request, context);
  if (source.object.size > MAX_COPY) {
    throw invalidRequest(
      `The specified copy source is larger than the maximum allowable size for a copy source: ${MAX_COPY}`,
    );
  }
  const newHeaders = replaces(request, "metadata");
  const newTags = replaces(request, "tagging");
  if (source.bucket === bucket && source.key === request.key && !newHeaders && !changes(request)) {
    throw invalidRequest(
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  const { tags } = source.object;
  const parts = await copyContent(source.bucket, source.object.parts, bucket);
  let object: StoredObject;
  try {
    object = {
      parts,
      size: source.object.size,
      ...(await digests(request, source.object, bucket, parts)),
      modified: Date.now(),
      headers: newHeaders ? objectHeaders(request) : source.object.headers,
      ...(newTags ? requestedTags(request) : tags && { tags }),
      ...requestedStorageClass(request),
    };
    checkWrite(request, request.key, bucketOf(request, context).objects.get(request.key));
    bucket.commit({ op: "put", key: request.key, object });
  } catch (error) {
    // In a bucket that was deleted meanwhile nothing can be read: say so.
    bucket.requireOpen();
    bucket.discard(parts);
    throw error;
  }
  await context.events.send(request, bucket, "ObjectCreated:Copy", request.key, object);
  const response = xmlResponse(
    xmlDocument(
      "CopyObjectResult",
      {
        LastModified: isoTime(object.modified),
        ETag: `"${object.etag}"`,
        ...checksumElements(object.checksum),
      },
      S3_NAMESPACE,
    ),
  );
  return { ...response, headers: { ...response.headers, "x-amz-server-side-encryption": "AES256" } };
};
