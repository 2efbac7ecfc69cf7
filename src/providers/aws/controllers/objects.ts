/** Objects of a bucket, as commands list them. */
import { type _Object, ListObjectsV2Command, paginateListObjectsV2, type S3Client } from "@aws-sdk/client-s3";
import { isAwsError } from "../errors.ts";
import { bucketNotFound } from "./bucket-errors.ts";
import type { StoredObject } from "./stored-object.ts";

export type { StoredObject } from "./stored-object.ts";

/**
 * Objects at `path` in order of their keys: everything of the bucket for an empty path, else the object of that very key and what
 * is in the folder of that name (`in` is no prefix of `inner/x`). Folder markers are left out.
 */
export async function* listObjects(s3: S3Client, bucket: string, path: string): AsyncGenerator<StoredObject> {
  try {
    if (path !== "" && !path.endsWith("/")) {
      const exact = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: path, MaxKeys: 1 }));
      yield* stored(exact.Contents?.filter((object) => object.Key === path));
    }
    const prefix = path === "" || path.endsWith("/") ? path : `${path}/`;
    for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix })) {
      yield* stored(page.Contents);
    }
  } catch (error) {
    if (isAwsError(error, "NoSuchBucket")) throw bucketNotFound(bucket);
    throw error;
  }
}

function* stored(contents: readonly _Object[] | undefined): Generator<StoredObject> {
  for (const { Key, Size, LastModified } of contents ?? []) {
    if (Key === undefined || Key.endsWith("/")) continue;
    yield { key: Key, size: Size ?? 0, lastModified: LastModified };
  }
}
