import { ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";
import type { PageRequest } from "../direct/list-page.ts";
import { isAwsError } from "../errors.ts";
import { bucketNotFound } from "./bucket-errors.ts";
import type { ObjectPage } from "./stored-object.ts";

/** A page of a bucket's objects, by the SDK. */
export async function listPage(
  s3: S3Client,
  bucket: string,
  { prefix, token, most }: PageRequest,
): Promise<ObjectPage> {
  try {
    const page = await s3.send(
      new ListObjectsV2Command({
        Bucket: bucket,
        Prefix: prefix,
        ...(token !== undefined && { ContinuationToken: token }),
        ...(most !== undefined && { MaxKeys: most }),
      }),
    );
    const objects = (page.Contents ?? []).map(({ Key = "", Size = 0, LastModified }) => ({
      key: Key,
      size: Size,
      lastModified: LastModified,
    }));
    return { objects, next: page.IsTruncated === true ? page.NextContinuationToken : undefined };
  } catch (error) {
    if (isAwsError(error, "NoSuchBucket")) throw bucketNotFound(bucket);
    throw error;
  }
}
