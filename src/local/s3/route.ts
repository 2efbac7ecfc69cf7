/** From method, address and query to the name of the operation, as S3's API reference calls it. */

type Level = "service" | "bucket" | "object";

/** Sub-resources: the query parameter that names them, and the operation of each method. */
const SUBRESOURCES: Record<Exclude<Level, "service">, Record<string, Record<string, string>>> = {
  bucket: {
    accelerate: { GET: "GetBucketAccelerateConfiguration", PUT: "PutBucketAccelerateConfiguration" },
    acl: { GET: "GetBucketAcl", PUT: "PutBucketAcl" },
    analytics: {
      GET: "GetBucketAnalyticsConfiguration",
      PUT: "PutBucketAnalyticsConfiguration",
      DELETE: "DeleteBucketAnalyticsConfiguration",
    },
    cors: { GET: "GetBucketCors", PUT: "PutBucketCors", DELETE: "DeleteBucketCors" },
    delete: { POST: "DeleteObjects" },
    encryption: { GET: "GetBucketEncryption", PUT: "PutBucketEncryption", DELETE: "DeleteBucketEncryption" },
    "intelligent-tiering": {
      GET: "GetBucketIntelligentTieringConfiguration",
      PUT: "PutBucketIntelligentTieringConfiguration",
      DELETE: "DeleteBucketIntelligentTieringConfiguration",
    },
    inventory: {
      GET: "GetBucketInventoryConfiguration",
      PUT: "PutBucketInventoryConfiguration",
      DELETE: "DeleteBucketInventoryConfiguration",
    },
    lifecycle: {
      GET: "GetBucketLifecycleConfiguration",
      PUT: "PutBucketLifecycleConfiguration",
      DELETE: "DeleteBucketLifecycle",
    },
    location: { GET: "GetBucketLocation" },
    logging: { GET: "GetBucketLogging", PUT: "PutBucketLogging" },
    metrics: {
      GET: "GetBucketMetricsConfiguration",
      PUT: "PutBucketMetricsConfiguration",
      DELETE: "DeleteBucketMetricsConfiguration",
    },
    notification: { GET: "GetBucketNotificationConfiguration", PUT: "PutBucketNotificationConfiguration" },
    "object-lock": { GET: "GetObjectLockConfiguration", PUT: "PutObjectLockConfiguration" },
    ownershipControls: {
      GET: "GetBucketOwnershipControls",
      PUT: "PutBucketOwnershipControls",
      DELETE: "DeleteBucketOwnershipControls",
    },
    policy: { GET: "GetBucketPolicy", PUT: "PutBucketPolicy", DELETE: "DeleteBucketPolicy" },
    policyStatus: { GET: "GetBucketPolicyStatus" },
    publicAccessBlock: {
      GET: "GetPublicAccessBlock",
      PUT: "PutPublicAccessBlock",
      DELETE: "DeletePublicAccessBlock",
    },
    replication: { GET: "GetBucketReplication", PUT: "PutBucketReplication", DELETE: "DeleteBucketReplication" },
    requestPayment: { GET: "GetBucketRequestPayment", PUT: "PutBucketRequestPayment" },
    session: { GET: "CreateSession" },
    tagging: { GET: "GetBucketTagging", PUT: "PutBucketTagging", DELETE: "DeleteBucketTagging" },
    uploads: { GET: "ListMultipartUploads" },
    versioning: { GET: "GetBucketVersioning", PUT: "PutBucketVersioning" },
    versions: { GET: "ListObjectVersions" },
    website: { GET: "GetBucketWebsite", PUT: "PutBucketWebsite", DELETE: "DeleteBucketWebsite" },
  },
  object: {
    acl: { GET: "GetObjectAcl", PUT: "PutObjectAcl" },
    attributes: { GET: "GetObjectAttributes" },
    "legal-hold": { GET: "GetObjectLegalHold", PUT: "PutObjectLegalHold" },
    renameObject: { PUT: "RenameObject" },
    restore: { POST: "RestoreObject" },
    retention: { GET: "GetObjectRetention", PUT: "PutObjectRetention" },
    select: { POST: "SelectObjectContent" },
    tagging: { GET: "GetObjectTagging", PUT: "PutObjectTagging", DELETE: "DeleteObjectTagging" },
    torrent: { GET: "GetObjectTorrent" },
    uploadId: {
      GET: "ListParts",
      PUT: "UploadPart",
      POST: "CompleteMultipartUpload",
      DELETE: "AbortMultipartUpload",
    },
    uploads: { POST: "CreateMultipartUpload" },
  },
};

const PLAIN: Record<Level, Record<string, string>> = {
  service: { GET: "ListBuckets" },
  bucket: { GET: "ListObjects", HEAD: "HeadBucket", PUT: "CreateBucket", DELETE: "DeleteBucket", POST: "PostObject" },
  object: { GET: "GetObject", HEAD: "HeadObject", PUT: "PutObject", DELETE: "DeleteObject" },
};

/** @param copies whether the request has a copy source. Undefined when S3 has no such method there. */
export function operationName(
  method: string,
  { bucket, key }: { readonly bucket: string; readonly key: string },
  query: URLSearchParams,
  copies: boolean,
): string | undefined {
  const level = bucket === "" ? "service" : key === "" ? "bucket" : "object";
  if (level !== "service" && query.size > 0) {
    for (const [name, methods] of Object.entries(SUBRESOURCES[level])) {
      if (!query.has(name)) continue;
      const operation = methods[method];
      return operation === "UploadPart" && copies ? "UploadPartCopy" : operation;
    }
  }
  const operation = PLAIN[level][method];
  if (operation === "ListObjects" && query.get("list-type") === "2") return "ListObjectsV2";
  if (operation === "PutObject" && copies) return "CopyObject";
  return operation;
}
