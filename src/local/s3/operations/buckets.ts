/** Buckets themselves. */
import { readBody } from "../../http/body.ts";
import { parseXml, textOf, xmlDocument } from "../../http/xml.ts";
import { AwsError } from "../../service.ts";
import { isBucketName } from "../address.ts";
import { malformedXml } from "../errors.ts";
import { bucketOf, S3_NAMESPACE, type S3Operation, xmlResponse } from "../operation.ts";

const MAX_DOCUMENT = 64 * 1024;

export const listBuckets: S3Operation = (request, { store, settings }) => {
  const prefix = request.query.get("prefix") ?? "";
  const after = request.query.get("continuation-token") ?? "";
  const region = request.query.get("bucket-region");
  const max = Math.min(Number(request.query.get("max-buckets") ?? 10_000) || 10_000, 10_000);
  const found = store
    .list()
    .map((bucket) => bucket.info)
    .filter((b) => b.name.startsWith(prefix) && b.name > after && (!region || b.region === region));
  const page = found.slice(0, max);
  return xmlResponse(
    xmlDocument(
      "ListAllMyBucketsResult",
      {
        Owner: { ID: settings.accountId },
        Buckets: {
          Bucket: page.map((b) => ({
            Name: b.name,
            CreationDate: new Date(b.created).toISOString(),
            BucketRegion: b.region,
          })),
        },
        ContinuationToken: page.length < found.length ? page.at(-1)?.name : undefined,
        Prefix: prefix || undefined,
      },
      S3_NAMESPACE,
    ),
  );
};

export const createBucket: S3Operation = async (request, { store }) => {
  const name = request.bucket;
  if (!isBucketName(name)) {
    throw new AwsError(400, "InvalidBucketName", "The specified bucket is not valid.", { BucketName: name });
  }
  const body = await readBody(request.body, MAX_DOCUMENT);
  let region = request.region;
  if (body.length > 0) {
    const document = parseXml(body.toString(), "CreateBucketConfiguration");
    if (!document) throw malformedXml();
    region = textOf(document, "LocationConstraint") || region;
    if (region === "us-east-1" && textOf(document, "LocationConstraint")) {
      throw new AwsError(400, "InvalidLocationConstraint", "The specified location-constraint is not valid", {
        LocationConstraint: region,
      });
    }
  }
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
  if (!known) store.create({ name, region, created: Date.now() });
  return { status: 200, headers: { location: `/${name}` } };
};

export const headBucket: S3Operation = (request, context) => ({
  status: 200,
  headers: { "x-amz-bucket-region": bucketOf(request, context).info.region },
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

/** Versioning is never on here; clients ask before they list. */
export const getBucketVersioning: S3Operation = (request, context) => {
  bucketOf(request, context);
  return xmlResponse(xmlDocument("VersioningConfiguration", {}, S3_NAMESPACE));
};
