/** PutObject and DeleteObject. */
import { checkAclHeaders } from "../acl.ts";
import { announcedChecksum, checksumHeaders, storedChecksum } from "../checksum/upload.ts";
import { checkDelete, checkWrite } from "../conditions.ts";
import { headerNotImplemented } from "../errors.ts";
import { objectHeaders, refuseBypass, refuseUnserved, requestedTags, requireLength } from "../object-headers.ts";
import { bucketOf, headerOf, type S3Operation } from "../operation.ts";
import { writeContent } from "../storage/content.ts";
import type { StoredObject } from "../storage/records.ts";
import { requestedStorageClass } from "../storage-class.ts";
import { requireNullVersion } from "../versions.ts";

export const putObject: S3Operation = async (request, context) => {
  refuseUnserved(request);
  const bucket = bucketOf(request, context);
  checkAclHeaders(request, bucket.info);
  const headers = objectHeaders(request);
  const extras = { ...requestedTags(request), ...requestedStorageClass(request) };
  announcedChecksum(request);
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
    ...extras,
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

/** Conditions that S3 has for directory buckets only. */
const DIRECTORY_CONDITIONS = ["x-amz-if-match-last-modified-time", "x-amz-if-match-size"];

export const deleteObject: S3Operation = async (request, context) => {
  const bucket = bucketOf(request, context);
  requireNullVersion(request);
  refuseBypass(request);
  const condition = DIRECTORY_CONDITIONS.find((name) => request.headers[name] !== undefined);
  if (condition !== undefined) throw headerNotImplemented(condition);
  const object = bucket.objects.get(request.key);
  checkDelete(headerOf(request, "if-match"), object);
  if (object) {
    bucket.commit({ op: "delete", key: request.key });
    await context.events.send(request, bucket, "ObjectRemoved:Delete", request.key);
  }
  return { status: 204 };
};
