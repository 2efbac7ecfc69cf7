/** Objects of a bucket: list and upload, in constant memory. */
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import {
  type _Object,
  ListObjectsV2Command,
  PutObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from "@aws-sdk/client-s3";
import type { DirectRequests } from "../direct/direct-requests.ts";
import { isAwsError } from "../errors.ts";
import { bucketNotFound } from "./buckets.ts";

const MIB = 1024 * 1024;
/** Bytes up to which a file is read at once, without another thread. */
const SMALL = 256 * 1024;
/** Up to here an object is one request, from memory, so that it can be sent again. */
const SINGLE_PUT = 8 * MIB;
/** S3's own default, which the SDK replaces by another. */
const CONTENT_TYPE = "binary/octet-stream";
/** S3's limit of a multipart upload. */
const MOST_PARTS = 10_000;

export interface StoredObject {
  readonly key: string;
  readonly size: number;
  readonly lastModified: Date | undefined;
}

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

export interface Upload {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly bucket: string;
  readonly key: string;
  /** Kept with the object as `x-amz-meta-…`. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Told the bytes that are there. */
  readonly progress?: ((bytes: number) => void) | undefined;
}

/** One request for small files, parts for larger ones (32 MiB of them in memory). */
export async function uploadFile(s3: S3Client, upload: Upload, direct?: DirectRequests): Promise<void> {
  const { path, size, bucket, key, metadata, signal, progress } = upload;
  const target = {
    Bucket: bucket,
    Key: key,
    ContentType: CONTENT_TYPE,
    ...(metadata === undefined ? {} : { Metadata: { ...metadata } }),
  };
  if (size <= SINGLE_PUT) {
    // A small file is read sooner than another thread is woken up for it.
    const body = size <= SMALL ? readFileSync(path) : await readFile(path);
    const sent = metadata === undefined && (await direct?.put(key, body, { "content-type": CONTENT_TYPE }));
    if (!sent) await s3.send(new PutObjectCommand({ ...target, Body: body }), { abortSignal: signal });
    progress?.(size);
    return;
  }
  const { uploadParts } = await import("./multipart.ts");
  const partSize = Math.max(SINGLE_PUT, Math.ceil(size / MOST_PARTS));
  await uploadParts(s3, { path, size, partSize, target, signal, progress }, direct);
}

/** Whether many files of this size may be in memory at once. */
export function isSmall(size: number): boolean {
  return size <= SMALL;
}

/** Whether two files of this size may be under way at once (see {@link uploadFile}). */
export function isLargeUpload(size: number): boolean {
  return size > SINGLE_PUT;
}
