import { open, rm } from "node:fs/promises";
import { messageOf } from "../../errors.ts";
import type { Logger } from "../logger.ts";
import type { Settings } from "../settings.ts";
import { BucketRegions } from "./bucket-regions.ts";
import { WrongContent } from "./checksum.ts";
import { FileChanged } from "./file-range.ts";
import type { ObjectAddress, ObjectStore } from "./object-store.ts";
import type { RetryPolicy } from "./retry.ts";
import { openS3, type S3Access, type TransferLimits } from "./s3-access.ts";
import { S3Download } from "./s3-download.ts";
import { S3Upload } from "./s3-upload.ts";
import { storageFailure } from "./storage-failure.ts";

export interface S3StoreOptions {
  readonly limits?: TransferLimits;
  /** Milliseconds without progress after which a request is given up; default a minute. */
  readonly patienceMs?: number;
}

/** Objects of S3, kept for the environment's life. */
export function createS3Store(
  settings: Pick<Settings, "customEndpoint">,
  log: Pick<Logger, "debug">,
  { limits, patienceMs = 60_000 }: S3StoreOptions = {},
): ObjectStore {
  const policy: RetryPolicy = {
    patienceMs,
    longestPauseMs: 5000,
    onRetry: (error) => log.debug(`a request to S3 is repeated after: ${messageOf(error)}`),
  };
  const regions = new BucketRegions(openS3(settings, policy, limits));
  return {
    async download(object, file, signal) {
      try {
        await regions.run(object.bucket, (access) => download(access, object, file, signal));
      } catch (error) {
        throw storageFailure("download", object, error);
      }
    },
    async upload(file, object, signal) {
      try {
        return await regions.run(object.bucket, (access) => upload(access, file, object, signal));
      } catch (error) {
        throw storageFailure("upload", object, error);
      }
    },
  };
}

/** Downloads whose bytes came whole and wrong. */
const WRONG_ATTEMPTS = 3;

async function download(access: S3Access, object: ObjectAddress, file: string, signal: AbortSignal): Promise<void> {
  const handle = await open(file, "wx+", 0o600);
  try {
    for (let attempt = 1; ; attempt++) {
      try {
        return await new S3Download(access, object, handle, signal).run();
      } catch (error) {
        if (attempt === WRONG_ATTEMPTS || !(error instanceof WrongContent)) throw error;
        access.retry.onRetry(error);
        // The object may have been replaced by a shorter one.
        await handle.truncate(0);
      }
    }
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

async function upload(access: S3Access, file: string, object: ObjectAddress, signal: AbortSignal): Promise<number> {
  const handle = await open(file);
  try {
    const before = await handle.stat();
    if (!before.isFile()) throw new Error("it is not a file");
    await new S3Upload(access, object, handle, before.size, signal).run();
    const after = await handle.stat();
    if (after.size !== before.size || after.mtimeMs !== before.mtimeMs) throw new FileChanged();
    return before.size;
  } finally {
    await handle.close();
  }
}
