/** Which permissions S3's operations need on AWS. */
import { readCopySource } from "../s3/copy-source-header.ts";

/** Operations whose action is not `s3:` and their own name. */
const ACTIONS: Readonly<Record<string, string>> = {
  CompleteMultipartUpload: "PutObject",
  CopyObject: "PutObject",
  CreateMultipartUpload: "PutObject",
  DeleteBucketCors: "PutBucketCORS",
  DeleteBucketEncryption: "PutEncryptionConfiguration",
  DeleteBucketLifecycle: "PutLifecycleConfiguration",
  DeleteBucketTagging: "PutBucketTagging",
  DeletePublicAccessBlock: "PutBucketPublicAccessBlock",
  GetBucketCors: "GetBucketCORS",
  GetBucketEncryption: "GetEncryptionConfiguration",
  GetBucketLifecycleConfiguration: "GetLifecycleConfiguration",
  GetBucketNotificationConfiguration: "GetBucketNotification",
  GetObjectAttributes: "GetObject",
  GetPublicAccessBlock: "GetBucketPublicAccessBlock",
  HeadBucket: "ListBucket",
  HeadObject: "GetObject",
  ListBuckets: "ListAllMyBuckets",
  ListMultipartUploads: "ListBucketMultipartUploads",
  ListObjectVersions: "ListBucketVersions",
  ListObjects: "ListBucket",
  ListObjectsV2: "ListBucket",
  ListParts: "ListMultipartUploadParts",
  PutBucketCors: "PutBucketCORS",
  PutBucketEncryption: "PutEncryptionConfiguration",
  PutBucketLifecycleConfiguration: "PutLifecycleConfiguration",
  PutBucketNotificationConfiguration: "PutBucketNotification",
  PutPublicAccessBlock: "PutBucketPublicAccessBlock",
  UploadPart: "PutObject",
  UploadPartCopy: "PutObject",
};

export interface Permission {
  /** `s3:PutObject` */
  readonly action: string;
  readonly bucket: string;
  /** ARN of the object, the bucket, or all buckets. */
  readonly resource: string;
}

/**
 * @param key empty for operations on buckets
 * @param copySource the header `x-amz-copy-source`: who copies must be allowed to read
 */
export function permissionsOf(
  operation: string,
  bucket: string,
  key: string,
  copySource: string | undefined,
): readonly Permission[] {
  const action = `s3:${ACTIONS[operation] ?? operation}`;
  const resource = `arn:aws:s3:::${bucket === "" ? "*" : key === "" ? bucket : `${bucket}/${key}`}`;
  const written = { action, bucket, resource };
  const source = readCopySource(copySource ?? "");
  // S3 refuses what cannot be read.
  if (typeof source === "string") return [written];
  const read = {
    action: "s3:GetObject",
    bucket: source.bucket,
    resource: `arn:aws:s3:::${source.bucket}/${source.key}`,
  };
  return [written, read];
}
