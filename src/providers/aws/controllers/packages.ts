/** Functions' packages in deployment buckets. */
import { DeleteObjectCommand, HeadObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { AwsError, isAwsError } from "../errors.ts";
import type { ZipFile } from "../package/zip.ts";
import { uploadFile } from "./upload.ts";

/** Metadata of the object: the function whose package it is. */
const MARK = "scar-function";

export interface PackageUpload {
  readonly functionName: string;
  readonly bucket: string;
  readonly key: string;
  readonly zip: ZipFile;
  readonly signal: AbortSignal;
}

export async function uploadPackage(s3: S3Client, upload: PackageUpload): Promise<void> {
  const { functionName, bucket, key, zip, signal } = upload;
  const file = { path: zip.path, size: zip.size, bucket, key, metadata: { [MARK]: functionName }, signal };
  await uploadFile(async () => s3, file);
}

/** The function that the object is marked with, "" without a mark; undefined when there is none, or this identity does not see it. */
export async function packageMark(s3: S3Client, bucket: string, key: string): Promise<string | undefined> {
  try {
    const { Metadata } = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    return Metadata?.[MARK] ?? "";
  } catch (error) {
    if (error instanceof AwsError && (error.status === 404 || error.status === 403)) return undefined;
    throw error;
  }
}

/** One that is gone already is success, and so is a bucket. */
export async function deletePackage(s3: S3Client, bucket: string, key: string): Promise<object> {
  try {
    return await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
  } catch (error) {
    if (isAwsError(error, "NoSuchBucket")) return {};
    throw error;
  }
}
