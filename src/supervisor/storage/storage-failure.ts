import { S3ServiceException } from "@aws-sdk/client-s3";
import { messageOf, ScarError } from "../../errors.ts";
import { TMP_IS_FULL } from "../failure.ts";
import type { ObjectAddress } from "./object-store.ts";
import { statusOf } from "./retry.ts";

type Transfer = "download" | "upload";

/** The failure as the user sees it: which object, why, what to do. A ScarError (the time is over) keeps its code. */
export function storageFailure(transfer: Transfer, object: ObjectAddress, cause: unknown): ScarError {
  const what = `${transfer} of s3://${object.bucket}/${object.key} failed`;
  if (cause instanceof ScarError) {
    return new ScarError(cause.code, `${what}: ${cause.message}`, { cause, ...(cause.hint && { hint: cause.hint }) });
  }
  const hint = hintFor(transfer, object, cause);
  return new ScarError("StorageFailed", `${what}: ${reasonOf(cause)}`, { cause, ...(hint && { hint }) });
}

function reasonOf(error: unknown): string {
  if (error instanceof S3ServiceException && !UNREAD.has(error.name)) return `${error.name}: ${error.message}`;
  const status = error instanceof Error ? statusOf(error) : undefined;
  // An answer without S3's own words, or of a balancer before it: the SDK's are of no use to anybody.
  return status !== undefined && status >= 400 ? `the answer was HTTP ${status}` : messageOf(error);
}

/** The SDK's names of an error whose answer has no body. */
const UNREAD = new Set(["Unknown", "UnknownError"]);

function hintFor(transfer: Transfer, { bucket, key }: ObjectAddress, error: unknown): string | undefined {
  if ((error as NodeJS.ErrnoException).code === "ENOSPC") {
    return `${TMP_IS_FULL}, or set file_stage_in: false`;
  }
  if (!(error instanceof S3ServiceException)) return undefined;
  switch (error.name) {
    case "AccessDenied":
      return `allow the function's role ${transfer === "download" ? "s3:GetObject" : "s3:PutObject"} on arn:aws:s3:::${bucket}/${key}`;
    case "NoSuchBucket":
      return `create the bucket '${bucket}', or correct the function's ${transfer === "download" ? "input" : "output"}`;
    case "PermanentRedirect":
      return `S3 does not say in which region the bucket '${bucket}' is: use one of the function's region`;
    case "NoSuchKey":
      return "the object was deleted since its event";
    case "PreconditionFailed":
      return "the object was replaced while it was downloaded; its new content has an event of its own";
    case "KeyTooLongError":
      return "S3's keys have at most 1024 bytes: give the file a shorter name";
    case "ExpiredToken":
      return "the function's credentials have expired";
    default:
      return undefined;
  }
}
