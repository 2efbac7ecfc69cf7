/** The source of CopyObject and UploadPartCopy. */
import { checkRead } from "./conditions.ts";
import { invalidArgument, noSuchBucket, noSuchKey } from "./errors.ts";
import { checkOwner, headerOf, type S3Context, type S3Request } from "./operation.ts";
import type { Bucket } from "./storage/bucket.ts";
import type { StoredObject } from "./storage/records.ts";
import { requireReadable } from "./storage-class.ts";
import { NULL_VERSION } from "./versions.ts";

export interface CopySource {
  readonly bucket: Bucket;
  readonly key: string;
  readonly object: StoredObject;
}

/** `x-amz-copy-source: [/]bucket/key`, percent-encoded; with the `x-amz-copy-source-if-*` conditions checked. */
export function copySource(request: S3Request, { store, settings }: S3Context): CopySource {
  const header = headerOf(request, "x-amz-copy-source") ?? "";
  const match = /^\/?([^/]+)\/(.+?)(?:\?versionId=(.*))?$/s.exec(header);
  if (!match) {
    throw invalidArgument(
      "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
      "x-amz-copy-source",
      header,
    );
  }
  if (match[3] !== undefined && match[3] !== NULL_VERSION) {
    throw invalidArgument("Invalid version id specified", "versionId", match[3]);
  }
  let key: string;
  try {
    key = decodeURIComponent(match[2]!);
  } catch {
    throw invalidArgument("The copy source cannot be decoded", "x-amz-copy-source", header);
  }
  const bucket = store.get(match[1]!);
  if (!bucket) throw noSuchBucket(match[1]!);
  checkOwner(headerOf(request, "x-amz-source-expected-bucket-owner"), settings);
  const object = bucket.objects.get(key);
  if (!object) throw noSuchKey(key);
  requireReadable(object);
  checkRead(request, object, "x-amz-copy-source-");
  return { bucket, key, object };
}
