/** Runs a function once for every file of its input folder, as if each had just been uploaded. */
import { setMaxListeners } from "node:events";
import type { InvokeCommandOutput, LambdaClient } from "@aws-sdk/client-lambda";
import { ScarError } from "../../errors.ts";
import { bucketArn } from "./arn.ts";
import { parallelMap } from "./concurrency.ts";
import { type Invocation, invokeAsync, invokeSync, type Payload, withVariables } from "./controllers/invocations.ts";
import type { StoredObject } from "./controllers/stored-object.ts";
import { isAwsError } from "./errors.ts";
import { objectsAt } from "./objects-at.ts";
import { matchesFilter } from "./plan/key-filters.ts";
import type { InputPlace } from "./plan/storage.ts";
import type { S3Access } from "./s3-access.ts";
import { poll } from "./wait.ts";

/** Asynchronous invocations under way at once. */
const PARALLEL = 32;
/** AWS's queue of asynchronous invocations drains within seconds. */
const THROTTLED = { first: 200, longest: 5_000, deadline: 120_000 };

/** A file of an input. */
export interface InputFile extends StoredObject {
  readonly bucket: string;
}

export interface FanOutRequest {
  readonly functionName: string;
  readonly partition: string;
  readonly region: string;
  /** Do not wait for the first invocation either. */
  readonly asynchronous: boolean;
  /** Of the container, for these runs alone. */
  readonly variables: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** One file's invocation. */
export interface Sent {
  readonly file: InputFile;
  /** AWS's answer; missing where AWS did not take it, and `failure` says why. */
  readonly response?: InvokeCommandOutput;
  /** Where it was waited for. */
  readonly first?: Invocation;
  readonly failure?: ScarError;
}

/** The files that would start the function when they are put there, page by page. */
export async function* inputFiles(s3: Pick<S3Access, "sdk">, places: readonly InputPlace[]): AsyncGenerator<InputFile> {
  for (const { bucket, folder, filters } of places) {
    for await (const object of objectsAt({ s3, bucket, direct: undefined }, folder)) {
      if (filters.some((filter) => matchesFilter(object.key, filter))) yield { ...object, bucket };
    }
  }
}

/**
 * The first file's invocation is waited for, so that a broken function shows before all files are sent: when it fails, no other is. After
 * that a file that AWS does not take stops nobody, unless {@link PARALLEL} in a row are not taken: ScarError `TooManyFailures` at the end.
 * `invoker` must not try again what may have been done; only throttling is, as AWS says then that nothing was.
 */
export async function* fanOut(
  invoker: LambdaClient,
  files: Iterable<InputFile> | AsyncIterable<InputFile>,
  request: FanOutRequest,
): AsyncGenerator<Sent> {
  const { signal } = request;
  setMaxListeners(0, signal); // each request under way listens to it
  const source = asyncIterator(files);
  if (!request.asynchronous) {
    const start = await source.next();
    if (start.done) return;
    const file = start.value;
    const first = await invokeSync(invoker, request.functionName, eventOf(file, request), signal);
    yield { file, response: first.response, first };
    if (first.failure !== undefined) return;
  }
  let inARow = 0;
  const untilGivenUp = async function* (): AsyncGenerator<InputFile> {
    while (inARow < PARALLEL) {
      const next = await source.next();
      if (next.done) return;
      yield next.value;
    }
  };
  let last: Sent | undefined;
  for await (const sent of parallelMap(untilGivenUp(), PARALLEL, (file) => send(invoker, file, request))) {
    if (sent.failure === undefined) inARow = 0;
    else if (++inARow === PARALLEL) last = sent;
    yield sent;
  }
  if (last?.failure) throw gaveUp(last.file, last.failure);
}

async function* asyncIterator(files: Iterable<InputFile> | AsyncIterable<InputFile>): AsyncGenerator<InputFile> {
  yield* files;
}

/** Throws when it was interrupted, and for nothing else. */
async function send(invoker: LambdaClient, file: InputFile, request: FanOutRequest): Promise<Sent> {
  const { functionName, signal } = request;
  try {
    const call = () => unlessThrottled(invoker, functionName, eventOf(file, request));
    const response = await poll(call, THROTTLED, signal);
    return response === undefined ? { file, failure: throttled() } : { file, response };
  } catch (error) {
    if (signal.aborted || !(error instanceof ScarError)) throw error;
    return { file, failure: error };
  }
}

const eventOf = (file: InputFile, request: FanOutRequest): Payload =>
  withVariables(uploadEvent(file, { ...request, place: file }), request.variables);

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

function throttled(): ScarError {
  return new ScarError("TooManyRequests", "AWS takes no more invocations", {
    hint: "wait until the function has worked some off, and run it again over the files that are left",
  });
}

function gaveUp({ key }: InputFile, failure: ScarError): ScarError {
  return new ScarError(
    "TooManyFailures",
    `${PARALLEL} files in a row could not be sent, up to '${key}': ${failure.message}`,
    {
      cause: failure,
      hint: failure.hint ?? "the files after it were not tried",
    },
  );
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
