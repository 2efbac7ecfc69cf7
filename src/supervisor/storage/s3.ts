import { createReadStream, createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { GetObjectCommand, PutObjectCommand, S3Client, S3ServiceException } from "@aws-sdk/client-s3";
import { messageOf, ScarError } from "../../errors.ts";
import type { Settings } from "../settings.ts";
import type { ObjectStore } from "./object-store.ts";

/** S3's limit for an object sent in one piece. */
const LARGEST_PUT = 5 * 1024 ** 3;

/** The SDK cannot repeat a request whose body is a stream: the whole transfer is. */
const ATTEMPTS = 3;

/** S3 as the function's role; endpoint, region and credentials come from the SDK's own chain. Kept for the environment's life. */
export function createS3Store(settings: Pick<Settings, "customEndpoint">): ObjectStore {
  const client = new S3Client(
    settings.customEndpoint
      ? {
          forcePathStyle: true,
          requestChecksumCalculation: "WHEN_REQUIRED",
          responseChecksumValidation: "WHEN_REQUIRED",
        }
      : {},
  );
  return {
    download: (bucket, key, file) =>
      attempt(`download of s3://${bucket}/${key}`, async () => {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        try {
          await pipeline(Body as Readable, createWriteStream(file, { flags: "wx", mode: 0o600 }));
        } catch (error) {
          await rm(file, { force: true });
          throw error;
        }
      }),
    upload: (file, size, bucket, key) =>
      attempt(`upload of s3://${bucket}/${key}`, async () => {
        const address = { Bucket: bucket, Key: key };
        if (size > LARGEST_PUT) return multipart(client, address, file);
        const Body = createReadStream(file);
        try {
          await client.send(new PutObjectCommand({ ...address, Body, ContentLength: size }));
        } finally {
          Body.destroy();
        }
      }),
  };
}

async function multipart(client: S3Client, address: { Bucket: string; Key: string }, file: string): Promise<void> {
  const { Upload } = await import("@aws-sdk/lib-storage");
  const partSize = 64 * 1024 * 1024;
  await new Upload({ client, params: { ...address, Body: createReadStream(file) }, partSize, queueSize: 2 }).done();
}

async function attempt(what: string, transfer: () => Promise<void>): Promise<void> {
  for (let left = ATTEMPTS - 1; ; left--) {
    try {
      return await transfer();
    } catch (cause) {
      if (left > 0 && isTransient(cause)) continue;
      const hint = "/tmp is full: raise lambda.ephemeral_storage, or set file_stage_in: false";
      const isFull = (cause as NodeJS.ErrnoException).code === "ENOSPC";
      throw new ScarError("StorageFailed", `${what} failed: ${reason(cause)}`, { cause, ...(isFull && { hint }) });
    }
  }
}

/** What S3 refuses stays refused; a full disk stays full. */
function isTransient(error: unknown): boolean {
  if (error instanceof S3ServiceException) return (error.$metadata.httpStatusCode ?? 500) >= 500;
  const code = (error as NodeJS.ErrnoException).code ?? "";
  return ["ECONNRESET", "EPIPE", "ETIMEDOUT", "ECONNREFUSED", "ERR_STREAM_PREMATURE_CLOSE"].includes(code);
}

function reason(error: unknown): string {
  return error instanceof S3ServiceException ? `${error.name}: ${error.message}` : messageOf(error);
}
