import { createReadStream } from "node:fs";
import { open, rm } from "node:fs/promises";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { GetObjectCommand, PutObjectCommand, S3Client, S3ServiceException } from "@aws-sdk/client-s3";
import { messageOf, ScarError } from "../../errors.ts";
import type { Settings } from "../settings.ts";
import type { ObjectStore } from "./object-store.ts";

/** S3's limit for an object sent in one piece. */
const LARGEST_PUT = 5 * 1024 ** 3;

const SILENT = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

/** The SDK cannot repeat a request whose body is a stream: the whole transfer is. */
const ATTEMPTS = 3;

/** S3 as the function's role; endpoint, region and credentials come from the SDK's own chain. Kept for the environment's life. */
export function createS3Store(
  settings: Pick<Settings, "customEndpoint">,
  /** Bytes of the largest object sent in one piece. */
  largestPut: number = LARGEST_PUT,
): ObjectStore {
  const client = new S3Client({
    // The SDK's own warnings would stand in the function's log beside ours.
    logger: SILENT,
    ...(settings.customEndpoint && {
      forcePathStyle: true,
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
    }),
  });
  return {
    download: (bucket, key, file) =>
      attempt(`download of s3://${bucket}/${key}`, async () => {
        const handle = await open(file, "wx", 0o600);
        try {
          const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
          await pipeline(Body as Readable, handle.createWriteStream());
        } catch (error) {
          await handle.close().catch(() => {});
          await rm(file, { force: true });
          throw error;
        }
      }),
    upload: (file, size, bucket, key) =>
      attempt(`upload of s3://${bucket}/${key}`, async () => {
        const address = { Bucket: bucket, Key: key };
        if (size > largestPut) return multipart(client, address, file);
        await putObject(client, { ...address, ContentLength: size }, file);
      }),
  };
}

/** The SDK waits for ever for a body that fails: the request is aborted with it, and the file is opened before. */
async function putObject(
  client: S3Client,
  request: { Bucket: string; Key: string; ContentLength: number },
  file: string,
): Promise<void> {
  const handle = await open(file);
  const Body = handle.createReadStream();
  const controller = new AbortController();
  let failure: Error | undefined;
  Body.once("error", (error) => {
    failure = error;
    controller.abort();
  });
  try {
    await client.send(new PutObjectCommand({ ...request, Body }), { abortSignal: controller.signal });
  } catch (error) {
    throw failure ?? error;
  } finally {
    Body.destroy();
  }
}

async function multipart(client: S3Client, address: { Bucket: string; Key: string }, file: string): Promise<void> {
  const { Upload } = await import("@aws-sdk/lib-storage");
  // 10 000 of them are S3's limit, and /tmp's 10 GB need 640; a function may have no more than 128 MB of memory.
  const partSize = 16 * 1024 * 1024;
  await new Upload({ client, params: { ...address, Body: createReadStream(file) }, partSize, queueSize: 2 }).done();
}

async function attempt(what: string, transfer: () => Promise<void>): Promise<void> {
  for (let tried = 1; ; tried++) {
    try {
      return await transfer();
    } catch (cause) {
      if (tried < ATTEMPTS && isTransient(cause)) {
        await sleep(2 ** tried * 100 * (0.5 + Math.random()));
        continue;
      }
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
