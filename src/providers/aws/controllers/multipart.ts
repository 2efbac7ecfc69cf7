/** Multipart uploads; a module of its own, as most commands never need it. */
import type { PutObjectCommandInput, S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { interrupted } from "../errors.ts";

/** Parts under way at once; with one being read, so many are in memory and one more. */
const PARALLEL_PARTS = 4;

/** An upload that is interrupted or fails is aborted on the server too. `progress` is told the bytes of the parts that are there. */
export async function uploadParts(
  s3: S3Client,
  params: PutObjectCommandInput,
  partSize: number,
  signal: AbortSignal,
  progress?: (bytes: number) => void,
): Promise<void> {
  if (signal.aborted) throw interrupted();
  const upload = new Upload({ client: s3, params, partSize, queueSize: PARALLEL_PARTS });
  if (progress) upload.on("httpUploadProgress", ({ loaded = 0 }) => progress(loaded));
  const abort = (): void => void upload.abort();
  signal.addEventListener("abort", abort, { once: true });
  try {
    await upload.done();
  } catch (error) {
    throw signal.aborted ? interrupted() : error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
