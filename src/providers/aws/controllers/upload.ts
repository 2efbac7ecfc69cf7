/** Uploads files, in constant memory. */
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { S3Client } from "@aws-sdk/client-s3";
import type { DirectRequests } from "../direct/direct-requests.ts";
import { interrupted } from "../errors.ts";

const MIB = 1024 * 1024;
/** Bytes up to which a file is read at once, without another thread. */
const SMALL = 256 * 1024;
/** Up to here an object is one request, from memory, so that it can be sent again. */
const SINGLE_PUT = 8 * MIB;
/** Of larger ones: servers put many small parts together more slowly. */
const PART = 16 * MIB;
/** S3's own default, which the SDK replaces by another. */
const CONTENT_TYPE = "binary/octet-stream";
/** S3's limit of a multipart upload. */
const MOST_PARTS = 10_000;

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

/** One request for small files, parts for larger ones (48 MiB of them in memory). */
export async function uploadFile(sdk: () => Promise<S3Client>, upload: Upload, direct?: DirectRequests): Promise<void> {
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
    if (!sent) {
      if (signal.aborted) throw interrupted();
      const { putObject } = await import("./put-object.ts");
      await putObject(await sdk(), { ...target, Body: body }, signal);
    }
    progress?.(size);
    return;
  }
  const [{ uploadParts }, s3] = await Promise.all([import("./multipart.ts"), sdk()]);
  const partSize = Math.max(PART, Math.ceil(size / MOST_PARTS));
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
