/** What is said of buckets that cannot be used; without the SDK. */
import { EXIT, ScarError } from "../../../errors.ts";

/** Names that S3 accepts today (AWS: "General purpose bucket naming rules"); checked because other servers take anything. */
export function isBucketName(name: string): boolean {
  return /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !name.includes("..") && !/^\d+\.\d+\.\d+\.\d+$/.test(name);
}

export function invalidBucketName(bucket: string): ScarError {
  return new ScarError("InvalidBucketName", `'${bucket}' is not a valid bucket name`, {
    exitCode: EXIT.usage,
    hint: "3 to 63 lower-case letters, digits, dots and hyphens, letter or digit first and last",
  });
}

export function bucketNotFound(bucket: string): ScarError {
  return new ScarError("NoSuchBucket", `Unable to find the bucket '${bucket}'.`);
}

export function bucketForbidden(bucket: string): ScarError {
  return new ScarError("BucketForbidden", `bucket '${bucket}' exists and may not be used by this identity`, {
    hint: "bucket names are shared by all AWS accounts: choose another name, or ask its owner for access",
  });
}

/** Type of the empty object that marks a folder. */
export const FOLDER_TYPE = "application/x-directory";
