/**
 * What a bucket is configured to do, as AWS answers it for a bucket on which nobody has configured anything; and the two things that
 * tools like Terraform write on every bucket, which are kept: the public access block and object ownership.
 */
import { readBody } from "../../http/body.ts";
import { childrenOf, parseXml, textOf, type XmlContent, xmlDocument } from "../../http/xml.ts";
import { AwsError, notServed } from "../../service.ts";
import { OBJECT_OWNERSHIPS } from "../acl.ts";
import { invalidRequest, malformedXml } from "../errors.ts";
import { bucketOf, S3_NAMESPACE, type S3Operation, xmlResponse } from "../operation.ts";
import { requireObject } from "../versions.ts";

const MAX_DOCUMENT = 64 * 1024;

/** Answers always this. */
const always =
  (root: string, content: Readonly<Record<string, XmlContent>> = {}): S3Operation =>
  (request, context) => {
    bucketOf(request, context);
    return xmlResponse(xmlDocument(root, content, S3_NAMESPACE));
  };

const notFound = (code: string, message: string, bucket: string) =>
  new AwsError(404, code, message, { BucketName: bucket });

/** Answers always that there is none. */
const never =
  (code: string, message: string): S3Operation =>
  (request, context) => {
    bucketOf(request, context);
    throw notFound(code, message, request.bucket);
  };

/** Reading one of several configurations; the list of all has the same name in the query and is not served. */
const noneById =
  (listOperation: string): S3Operation =>
  (request, context) => {
    bucketOf(request, context);
    if (!request.query.has("id")) throw notServed(listOperation);
    throw new AwsError(404, "NoSuchConfiguration", "The specified configuration does not exist.");
  };

const noObjectLock: S3Operation = (request, context) => {
  requireObject(request, context);
  throw invalidRequest("Bucket is missing Object Lock Configuration");
};

const RESTRICTIONS = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"];

const getPublicAccessBlock: S3Operation = (request, context) => {
  const { publicAccessBlock: held = RESTRICTIONS } = bucketOf(request, context).info;
  if (held === null) {
    throw notFound(
      "NoSuchPublicAccessBlockConfiguration",
      "The public access block configuration was not found",
      request.bucket,
    );
  }
  const content = Object.fromEntries(RESTRICTIONS.map((name) => [name, held.includes(name)]));
  return xmlResponse(xmlDocument("PublicAccessBlockConfiguration", content, S3_NAMESPACE));
};

const putPublicAccessBlock: S3Operation = async (request, context) => {
  const body = (await readBody(request.body, MAX_DOCUMENT)).toString();
  const document = parseXml(body, "PublicAccessBlockConfiguration");
  if (!document) throw malformedXml();
  const publicAccessBlock = RESTRICTIONS.filter((name) => textOf(document, name)?.toLowerCase() === "true");
  bucketOf(request, context).configure({ publicAccessBlock });
  return { status: 200 };
};

const deletePublicAccessBlock: S3Operation = (request, context) => {
  bucketOf(request, context).configure({ publicAccessBlock: null });
  return { status: 204 };
};

const getBucketOwnershipControls: S3Operation = (request, context) => {
  const { objectOwnership = "BucketOwnerEnforced" } = bucketOf(request, context).info;
  if (objectOwnership === null) {
    throw notFound("OwnershipControlsNotFoundError", "The bucket ownership controls were not found", request.bucket);
  }
  const content = { Rule: { ObjectOwnership: objectOwnership } };
  return xmlResponse(xmlDocument("OwnershipControls", content, S3_NAMESPACE));
};

const putBucketOwnershipControls: S3Operation = async (request, context) => {
  const body = (await readBody(request.body, MAX_DOCUMENT)).toString();
  const rules = childrenOf(parseXml(body, "OwnershipControls"), "Rule");
  const objectOwnership = textOf(rules[0], "ObjectOwnership") ?? "";
  if (rules.length !== 1 || !OBJECT_OWNERSHIPS.includes(objectOwnership)) throw malformedXml();
  bucketOf(request, context).configure({ objectOwnership });
  return { status: 200 };
};

const deleteBucketOwnershipControls: S3Operation = (request, context) => {
  bucketOf(request, context).configure({ objectOwnership: null });
  return { status: 204 };
};

const noPolicy = never("NoSuchBucketPolicy", "The bucket policy does not exist");

export const BUCKET_CONFIGURATION: Readonly<Record<string, S3Operation>> = {
  DeleteBucketOwnershipControls: deleteBucketOwnershipControls,
  DeletePublicAccessBlock: deletePublicAccessBlock,
  GetBucketAccelerateConfiguration: always("AccelerateConfiguration"),
  GetBucketAnalyticsConfiguration: noneById("ListBucketAnalyticsConfigurations"),
  GetBucketCors: never("NoSuchCORSConfiguration", "The CORS configuration does not exist"),
  GetBucketEncryption: always("ServerSideEncryptionConfiguration", {
    Rule: { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" }, BucketKeyEnabled: false },
  }),
  GetBucketIntelligentTieringConfiguration: noneById("ListBucketIntelligentTieringConfigurations"),
  GetBucketInventoryConfiguration: noneById("ListBucketInventoryConfigurations"),
  GetBucketLifecycleConfiguration: never("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"),
  GetBucketLogging: always("BucketLoggingStatus"),
  GetBucketMetricsConfiguration: noneById("ListBucketMetricsConfigurations"),
  GetBucketOwnershipControls: getBucketOwnershipControls,
  GetBucketPolicy: noPolicy,
  GetBucketPolicyStatus: noPolicy,
  GetBucketReplication: never("ReplicationConfigurationNotFoundError", "The replication configuration was not found"),
  GetBucketRequestPayment: always("RequestPaymentConfiguration", { Payer: "BucketOwner" }),
  GetBucketVersioning: always("VersioningConfiguration"),
  GetBucketWebsite: never("NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration"),
  GetObjectLegalHold: noObjectLock,
  GetObjectLockConfiguration: never(
    "ObjectLockConfigurationNotFoundError",
    "Object Lock configuration does not exist for this bucket",
  ),
  GetObjectRetention: noObjectLock,
  GetPublicAccessBlock: getPublicAccessBlock,
  PutBucketOwnershipControls: putBucketOwnershipControls,
  PutPublicAccessBlock: putPublicAccessBlock,
};
