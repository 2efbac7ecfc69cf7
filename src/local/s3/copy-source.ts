/** The source of CopyObject and UploadPartCopy. */
import { checkRead } from "./conditions.ts";
import { readCopySource } from "./copy-source-header.ts";
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

/** The object that `x-amz-copy-source` names, with the `x-amz-copy-source-if-*` conditions checked. */
export function copySource(request: S3Request, { store, settings }: S3Context): CopySource {
  const header = headerOf(request, "x-amz-copy-source") ?? "";
  const named = readCopySource(header);
  if (named === "undecodable") {
    throw invalidArgument("The copy source cannot be decoded", "x-amz-copy-source", header);
  }
  if (named === "incomplete") {
    throw invalidArgument(
      "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
      "x-amz-copy-source",
      header,
    );
  }
  const { bucket: name, key, version } = named;
  if (version !== undefined && version !== NULL_VERSION) {
    throw invalidArgument("Invalid version id specified", "versionId", version);
  }
  const bucket = store.get(name);
  if (!bucket) throw noSuchBucket(name);
  checkOwner(headerOf(request, "x-amz-source-expected-bucket-owner"), settings);
  const object = bucket.objects.get(key);
  if (!object) throw noSuchKey(key);
  requireReadable(object);
  checkRead(request, object, "x-amz-copy-source-");
  return { bucket, key, object };
}
