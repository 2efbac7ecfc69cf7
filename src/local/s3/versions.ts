/** The one version of an object in a bucket without versioning, which is called `null`. */
import { AwsError } from "../service.ts";
import { invalidArgument, noSuchKey } from "./errors.ts";
import { bucketOf, type S3Context, type S3Request } from "./operation.ts";
import type { StoredObject } from "./storage/records.ts";

export const NULL_VERSION = "null";

/** Throws `InvalidArgument` for a version that a bucket without versioning cannot have. */
export function requireNullVersion({ query }: Pick<S3Request, "query">): void {
  const version = query.get("versionId");
  if (version === null || version === NULL_VERSION) return;
  const message = version === "" ? "Version id cannot be the empty string" : "Invalid version id specified";
  throw invalidArgument(message, "versionId", version);
}

/** The object that the request addresses. Throws `NoSuchBucket`, `NoSuchKey`, `InvalidArgument`. */
export function requireObject(request: S3Request, context: S3Context): StoredObject {
  const bucket = bucketOf(request, context);
  requireNullVersion(request);
  const object = bucket.objects.get(request.key);
  if (!object) throw noSuchKey(request.key);
  return object;
}

export const noSuchVersion = (key: string, version: string) =>
  new AwsError(404, "NoSuchVersion", "The specified version does not exist.", { Key: key, VersionId: version });
