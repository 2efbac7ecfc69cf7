/** What every S3 operation gets, and the names that requests address. */
import { AwsError, type AwsRequest, type AwsResponse, type LocalSettings, type S3Observer } from "../service.ts";
import { noSuchBucket } from "./errors.ts";
import type { Destinations } from "./notification/destinations.ts";
import type { EventSender } from "./notification/send.ts";
import type { Bucket } from "./storage/bucket.ts";
import type { BucketStore } from "./storage/store.ts";

export const S3_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";

export interface S3Context {
  readonly settings: LocalSettings;
  readonly store: BucketStore;
  /** Where bucket notifications go. */
  readonly destinations: Destinations;
  readonly events: EventSender;
  /** Told of every request before it is served. */
  readonly observe: S3Observer;
}

/** A request to S3 with its address read. */
export interface S3Request extends AwsRequest {
  /** Empty for requests to the service. */
  readonly bucket: string;
  /** Decoded; empty for requests to a bucket. */
  readonly key: string;
}

export type S3Operation = (request: S3Request, context: S3Context) => Promise<AwsResponse> | AwsResponse;

/** The bucket that the request addresses. */
export function bucketOf(request: S3Request, { store, settings }: S3Context): Bucket {
  const bucket = store.get(request.bucket);
  if (!bucket) throw noSuchBucket(request.bucket);
  checkOwner(headerOf(request, "x-amz-expected-bucket-owner"), settings);
  return bucket;
}

/** Whether the bucket is whose the client thinks it is. Throws `InvalidBucketOwnerAWSAccountID`, `AccessDenied`. */
export function checkOwner(expected: string | undefined, { accountId }: Pick<LocalSettings, "accountId">): void {
  if (expected === undefined || expected === accountId) return;
  if (/^\d{12}$/.test(expected)) throw new AwsError(403, "AccessDenied", "Access Denied");
  throw new AwsError(
    400,
    "InvalidBucketOwnerAWSAccountID",
    `The value of the expected bucket owner parameter must be an AWS Account ID... [${expected}]`,
  );
}

/** A header's value when it was sent once. */
export function headerOf(request: AwsRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === "string" ? value : undefined;
}

/** A time in an answer's document: S3 counts whole seconds and writes milliseconds. @param time milliseconds since the epoch. */
export const isoTime = (time: number): string => new Date(time - (time % 1000)).toISOString();

export const xmlResponse = (body: string, status = 200): AwsResponse => ({
  status,
  headers: { "content-type": "application/xml" },
  body,
});
