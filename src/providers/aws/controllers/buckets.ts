/** S3 buckets and their folder markers. */
import {
  CreateBucketCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { AwsError, isAwsError } from "../errors.ts";
import { bucketForbidden, FOLDER_TYPE } from "./bucket-errors.ts";

/** What HeadBucket tells of a bucket's name. */
export type BucketState =
  | { readonly kind: "missing" }
  /** Somebody else's, or the identity may not see it. */
  | { readonly kind: "forbidden" }
  | { readonly kind: "found"; readonly region: string | undefined };

export async function bucketState(s3: S3Client, bucket: string): Promise<BucketState> {
  try {
    const { BucketRegion } = await s3.send(new HeadBucketCommand({ Bucket: bucket }));
    return { kind: "found", region: BucketRegion };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    if (error.status === 404) return { kind: "missing" };
    if (error.status === 403) return { kind: "forbidden" };
    throw error;
  }
}

/** Creates a private bucket. One that is ours already is success. */
export async function createBucket(s3: S3Client, bucket: string, region: string): Promise<void> {
  try {
    await s3.send(
      new CreateBucketCommand({
        Bucket: bucket,
        // us-east-1 is S3's default and no valid constraint.
        ...(region === "us-east-1" ? {} : { CreateBucketConfiguration: { LocationConstraint: region as never } }),
      }),
    );
  } catch (error) {
    if (isAwsError(error, "BucketAlreadyOwnedByYou")) return;
    if (isAwsError(error, "BucketAlreadyExists")) throw bucketForbidden(bucket);
    throw error;
  }
}

/** Whether the object that marks a folder is there; `folder` ends with a slash. */
export async function folderExists(s3: S3Client, bucket: string, folder: string): Promise<boolean> {
  try {
    await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: folder }));
    return true;
  } catch (error) {
    if (error instanceof AwsError && error.status === 404) return false;
    throw error;
  }
}

/** Puts the empty object that consoles and file browsers show as a folder. */
export async function createFolder(s3: S3Client, bucket: string, folder: string): Promise<void> {
  await s3.send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: folder,
      Body: new Uint8Array(),
      ContentType: FOLDER_TYPE,
    }),
  );
}
