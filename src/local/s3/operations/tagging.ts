/** Tags of buckets and of objects. */
import { readBody } from "../../http/body.ts";
import { AwsError } from "../../service.ts";
import { bucketOf, type S3Operation, type S3Request, xmlResponse } from "../operation.ts";
import type { Tag } from "../storage/records.ts";
import { parseTagging, type Tagged, taggingDocument } from "../tagging/tag-set.ts";
import { requireObject } from "../versions.ts";

/** Fifty tags of the greatest length, escaped. */
const MAX_DOCUMENT = 256 * 1024;

const tagsOf = async (request: S3Request, tagged: Tagged): Promise<readonly Tag[]> =>
  parseTagging((await readBody(request.body, MAX_DOCUMENT)).toString(), tagged);

export const getBucketTagging: S3Operation = (request, context) => {
  const { tags = [] } = bucketOf(request, context).info;
  if (tags.length === 0) {
    throw new AwsError(404, "NoSuchTagSet", "The TagSet does not exist", { BucketName: request.bucket });
  }
  return xmlResponse(taggingDocument(tags));
};

export const putBucketTagging: S3Operation = async (request, context) => {
  const tags = await tagsOf(request, "bucket");
  bucketOf(request, context).configure({ tags });
  return { status: 204 };
};

export const deleteBucketTagging: S3Operation = (request, context) => {
  bucketOf(request, context).configure({ tags: [] });
  return { status: 204 };
};

export const getObjectTagging: S3Operation = (request, context) =>
  xmlResponse(taggingDocument(requireObject(request, context).tags ?? []));

export const putObjectTagging: S3Operation = async (request, context) => {
  const tags = await tagsOf(request, "object");
  const object = requireObject(request, context);
  const bucket = bucketOf(request, context);
  bucket.commit({ op: "tag", key: request.key, tags });
  await context.events.send(request, bucket, "ObjectTagging:Put", request.key, object);
  return { status: 200 };
};

export const deleteObjectTagging: S3Operation = async (request, context) => {
  const object = requireObject(request, context);
  const bucket = bucketOf(request, context);
  bucket.commit({ op: "tag", key: request.key, tags: [] });
  await context.events.send(request, bucket, "ObjectTagging:Delete", request.key, object);
  return { status: 204 };
};
