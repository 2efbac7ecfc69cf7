/** Runs a function once for every file of its input folder, as if each had just been uploaded. */
import type { LambdaClient } from "@aws-sdk/client-lambda";
import type { S3Client } from "@aws-sdk/client-s3";
import { bucketArn } from "./arn.ts";
import { parallelMap } from "./concurrency.ts";
import { type Invocation, invokeAsync, invokeSync, type Payload } from "./controllers/invocations.ts";
import { listObjects, type StoredObject } from "./controllers/objects.ts";
import type { S3Place } from "./plan/storage.ts";

/** Asynchronous invocations under way at once. */
const PARALLEL = 32;

export interface FanOutRequest {
  readonly functionName: string;
  readonly place: S3Place;
  readonly partition: string;
  readonly region: string;
  readonly signal: AbortSignal;
}

/** One file: the invocation's answer where it was waited for. */
export interface Sent {
  readonly key: string;
  readonly first?: Invocation;
}

/** The first file's invocation is waited for, so that a broken function shows before all files are sent. */
export async function* fanOut(
  clients: { s3: S3Client; lambda: LambdaClient; invoker: LambdaClient },
  request: FanOutRequest,
): AsyncGenerator<Sent> {
  const { functionName, place, signal } = request;
  const files = listObjects(clients.s3, place.bucket, place.folder);
  const start = await files.next();
  if (start.done) return;
  const first = await invokeSync(clients.invoker, functionName, uploadEvent(start.value, request), signal);
  yield { key: start.value.key, first };
  if (first.failure !== undefined) return;
  yield* parallelMap(files, PARALLEL, async (object): Promise<Sent> => {
    await invokeAsync(clients.lambda, functionName, uploadEvent(object, request));
    return { key: object.key };
  });
}

/** S3's own event of an upload, as far as functions read it (AWS: "Event message structure"); keys are form-encoded there. */
export function uploadEvent(object: StoredObject, { place, partition, region }: FanOutRequest): Payload {
  const { key, size, lastModified } = object;
  const record = {
    eventVersion: "2.1",
    eventSource: "aws:s3",
    awsRegion: region,
    eventTime: (lastModified ?? new Date()).toISOString(),
    eventName: "ObjectCreated:Put",
    s3: {
      s3SchemaVersion: "1.0",
      bucket: { name: place.bucket, arn: bucketArn({ partition }, place.bucket) },
      object: { key: encodeKey(key), size },
    },
  };
  return { Records: [record] };
}

/** S3's way: spaces become `+`, slashes stay. */
export function encodeKey(key: string): string {
  return encodeURIComponent(key)
    .replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+")
    .replaceAll("%2F", "/");
}
