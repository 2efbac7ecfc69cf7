/** Buckets themselves. */
import { readBody } from "../../http/body.ts";
import { childrenOf, parseXml, textOf, xmlDocument } from "../../http/xml.ts";
import { AwsError, notServed } from "../../service.ts";
import { OBJECT_OWNERSHIPS } from "../acl.ts";
import { isBucketName } from "../address.ts";
import { invalidArgument, malformedXml } from "../errors.ts";
import {
  bucketOf,
  headerOf,
  isoTime,
  S3_NAMESPACE,
  type S3Operation,
  type S3Request,
  xmlResponse,
} from "../operation.ts";
import type { Tag } from "../storage/records.ts";
import { readTags } from "../tagging/tag-set.ts";

const MAX_DOCUMENT = 64 * 1024;

const MAX_BUCKETS = 10_000;

/** Throws `InvalidArgument`. */
function pageSize(text: string | null): number {
  const max = text === null || text === "" ? MAX_BUCKETS : /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (max >= 1 && max <= MAX_BUCKETS) return max;
  throw invalidArgument(
    `Argument max-buckets must be an integer between 1 and ${MAX_BUCKETS}`,
    "max-buckets",
    text ?? "",
  );
}

export const listBuckets: S3Operation = ({ query }, { store, settings }) => {
  const prefix = query.get("prefix") ?? "";
  const after = Buffer.from(query.get("continuation-token") ?? "", "base64url").toString();
  const region = query.get("bucket-region");
  const found = store
    .list()
    .map((bucket) => bucket.info)
    .filter((b) => b.name.startsWith(prefix) && b.name > after && (!region || b.region === region));
  const page = found.slice(0, pageSize(query.get("max-buckets")));
  const last = page.length < found.length ? page.at(-1)!.name : undefined;
  return xmlResponse(
    xmlDocument(
      "ListAllMyBucketsResult",
      {
        Owner: { ID: settings.accountId },
        Buckets: {
          Bucket: page.map((b) => ({
            Name: b.name,
            CreationDate: isoTime(b.created),
            BucketRegion: b.region,
            BucketArn: `arn:aws:s3:::${b.name}`,
          })),
        },
        ContinuationToken: last && Buffer.from(last).toString("base64url"),
        Prefix: prefix || undefined,
      },
      S3_NAMESPACE,
    ),
  );
};

interface Wanted {
  readonly region: string;
  readonly tags: readonly Tag[];
}

/** Names that a region could have; also `EU`, an old name of one. */
const REGION = /^[A-Za-z0-9-]{1,32}$/;

/** What the document of CreateBucket asks for; the region is the signature's when there is none. */
async function readConfiguration(request: S3Request): Promise<Wanted> {
  const text = (await readBody(request.body, MAX_DOCUMENT)).toString();
  if (text === "") return { region: request.region, tags: [] };
  const document = parseXml(text, "CreateBucketConfiguration");
  if (!document) throw malformedXml();
  const constraint = textOf(document, "LocationConstraint");
  if (constraint === "us-east-1" || (constraint && !REGION.test(constraint))) {
    throw new AwsError(400, "InvalidLocationConstraint", "The specified location-constraint is not valid", {
      LocationConstraint: constraint,
    });
  }
  const tags = readTags(childrenOf(childrenOf(document, "Tags")[0], "Tag"), "bucket");
  return { region: constraint || request.region, tags };
}

/** Throws `InvalidArgument`, `InvalidBucketAclWithObjectOwnership`, `NotImplemented`. */
function readOwnership(request: S3Request): string | undefined {
  const ownership = headerOf(request, "x-amz-object-ownership");
  if (ownership !== undefined && !OBJECT_OWNERSHIPS.includes(ownership)) {
    throw invalidArgument(`Invalid x-amz-object-ownership header: ${ownership}`, "x-amz-object-ownership");
  }
  if (headerOf(request, "x-amz-bucket-object-lock-enabled")?.toLowerCase() === "true") {
    throw notServed("the header x-amz-bucket-object-lock-enabled");
  }
  const acl = headerOf(request, "x-amz-acl") ?? "private";
  if (acl === "private") return ownership;
  if (ownership !== undefined && ownership !== "BucketOwnerEnforced") throw notServed(`x-amz-acl: ${acl}`);
  throw new AwsError(
    400,
    "InvalidBucketAclWithObjectOwnership",
    "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
  );
}

export const createBucket: S3Operation = async (request, { store }) => {
  const name = request.bucket;
  if (!isBucketName(name)) {
    throw new AwsError(400, "InvalidBucketName", "The specified bucket is not valid.", { BucketName: name });
  }
  const { region, tags } = await readConfiguration(request);
  const objectOwnership = readOwnership(request);
  const known = store.get(name);
  // In us-east-1, and only there, making one's own bucket again succeeds.
  if (known && !(request.region === "us-east-1" && known.info.region === "us-east-1")) {
    throw new AwsError(
      409,
      "BucketAlreadyOwnedByYou",
      "Your previous request to create the named bucket succeeded and you already own it.",
      { BucketName: name },
    );
  }
  if (!known) {
    store.create({
      name,
      region,
      created: Date.now(),
      ...(tags.length > 0 && { tags }),
      ...(objectOwnership !== undefined && { objectOwnership }),
    });
  }
  return { status: 200, headers: { location: `/${name}`, "x-amz-bucket-arn": `arn:aws:s3:::${name}` } };
};

export const headBucket: S3Operation = (request, context) => ({
  status: 200,
  headers: {
    "x-amz-bucket-region": bucketOf(request, context).info.region,
    "x-amz-bucket-arn": `arn:aws:s3:::${request.bucket}`,
    "x-amz-access-point-alias": "false",
    "content-type": "application/xml",
  },
});

export const deleteBucket: S3Operation = (request, context) => {
  const bucket = bucketOf(request, context);
  if (bucket.objects.size > 0) {
    throw new AwsError(409, "BucketNotEmpty", "The bucket you tried to delete is not empty", {
      BucketName: request.bucket,
    });
  }
  context.store.delete(request.bucket);
  return { status: 204 };
};

export const getBucketLocation: S3Operation = (request, context) => {
  const { region } = bucketOf(request, context).info;
  // S3 gives no name to the oldest region.
  const text = region === "us-east-1" ? "" : region;
  return xmlResponse(
    `<?xml version="1.0" encoding="UTF-8"?>\n<LocationConstraint xmlns="${S3_NAMESPACE}">${text}</LocationConstraint>`,
  );
};
