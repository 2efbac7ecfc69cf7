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

/** `x-amz-copy-source: [/]bucket/key`, percent-encoded, its slashes too if the client likes; with the `x-amz-copy-source-if-*` conditions checked. */
export function copySource(request: S3Request, { store, settings }: S3Context): CopySource {
  const header = headerOf(request, "x-amz-copy-source") ?? "";
  const [, encoded = "", version] = /^(.*?)(?:\?versionId=(.*))?$/s.exec(header) ?? [];
  let source: string;
  try {
    source = decodeURIComponent(encoded);
  } catch {
    throw invalidArgument("The copy source cannot be decoded", "x-amz-copy-source", header);
  }
  const match = /^\/?([^/]+)\/(.+)$/s.exec(source);
  if (!match) {
    throw invalidArgument(
      "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
      "x-amz-copy-source",
      header,
    );
  }
  if (version !== undefined && version !== NULL_VERSION) {
    throw invalidArgument("Invalid version id specified", "versionId", version);
  }
  const [, name = "", key = ""] = match;
  const bucket = store.get(name);
  if (!bucket) throw noSuchBucket(name);
  checkOwner(headerOf(request, "x-amz-source-expected-bucket-owner"), settings);
  const object = bucket.objects.get(key);
  if (!object) throw noSuchKey(key);
  requireReadable(object);
  checkRead(request, object, "x-amz-copy-source-");
  return { bucket, key, object };
}
