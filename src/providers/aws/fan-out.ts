/** Runs a function once for every file of its input folder, as if each had just been uploaded. */
import { setMaxListeners } from "node:events";
import type { InvokeCommandOutput, LambdaClient } from "@aws-sdk/client-lambda";
import type { S3Client } from "@aws-sdk/client-s3";
import { ScarError } from "../../errors.ts";
import { bucketArn } from "./arn.ts";
import { parallelMap } from "./concurrency.ts";
import { type Invocation, invokeAsync, invokeSync, type Payload, withVariables } from "./controllers/invocations.ts";
import { listObjects, type StoredObject } from "./controllers/objects.ts";
import { isAwsError } from "./errors.ts";
import { matchesFilter } from "./plan/key-filters.ts";
import type { InputPlace } from "./plan/storage.ts";
import { poll } from "./wait.ts";

/** Asynchronous invocations under way at once. */
const PARALLEL = 32;
/** AWS's queue of asynchronous invocations drains within seconds. */
const THROTTLED = { first: 200, longest: 5_000, deadline: 120_000 };

export interface FanOutRequest {
  readonly functionName: string;
  readonly place: InputPlace;
  readonly partition: string;
  readonly region: string;
  /** Do not wait for the first invocation either. */
  readonly asynchronous: boolean;
  /** Of the container, for these runs alone. */
  readonly variables: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** One file's invocation: its answer where it was waited for. */
export interface Sent {
  readonly key: string;
  readonly response: InvokeCommandOutput;
  readonly first?: Invocation;
}

/**
 * The first file's invocation is waited for, so that a broken function shows before all files are sent: when it fails, no other is.
 * `invoker` must not try again what may have been done; only throttling is, as AWS says then that nothing was.
 */
export async function* fanOut(
  { s3, invoker }: { readonly s3: S3Client; readonly invoker: LambdaClient },
  request: FanOutRequest,
): AsyncGenerator<Sent> {
  const { functionName, place, signal } = request;
  setMaxListeners(0, signal); // each request under way listens to it
  const files = filesOf(s3, place);
  if (!request.asynchronous) {
    const start = await files.next();
    if (start.done) return;
    const { key } = start.value;
    const first = await invokeSync(invoker, functionName, eventOf(start.value, request), signal);
    yield { key, response: first.response, first };
    if (first.failure !== undefined) return;
  }
  yield* parallelMap(files, PARALLEL, async (object): Promise<Sent> => {
    const response = await poll(
      () => unlessThrottled(invoker, functionName, eventOf(object, request)),
      THROTTLED,
      signal,
    );
    if (response === undefined) throw throttled(object.key);
    return { key: object.key, response };
  });
}

const eventOf = (object: StoredObject, request: FanOutRequest): Payload =>
  withVariables(uploadEvent(object, request), request.variables);

/** Those that would start the function when they are put there. */
async function* filesOf(s3: S3Client, { bucket, folder, filters }: InputPlace): AsyncGenerator<StoredObject> {
  for await (const object of listObjects(s3, bucket, folder)) {
    if (filters.some((filter) => matchesFilter(object.key, filter))) yield object;
  }
}

/** Undefined when AWS asks to slow down. */
async function unlessThrottled(
  invoker: LambdaClient,
  functionName: string,
  payload: Payload,
): Promise<InvokeCommandOutput | undefined> {
  try {
    return await invokeAsync(invoker, functionName, payload);
  } catch (error) {
    if (isAwsError(error, "TooManyRequestsException", "ThrottlingException")) return undefined;
    throw error;
  }
}

function throttled(key: string): ScarError {
  return new ScarError("TooManyRequests", `AWS takes no more invocations; stopped before file '${key}'`, {
    hint: "wait until the function has worked some off, and run it again over the files that are left",
  });
}

type EventSource = Pick<FanOutRequest, "partition" | "region"> & { readonly place: Pick<InputPlace, "bucket"> };

/** S3's own event of an upload, as far as functions read it (AWS: "Event message structure"); keys are form-encoded there. */
export function uploadEvent(object: StoredObject, { place, partition, region }: EventSource): Payload {
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
