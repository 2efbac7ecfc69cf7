/** Multipart uploads; a module of its own, as most commands never need it. */
import { type FileHandle, open } from "node:fs/promises";
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { ScarError } from "../../../errors.ts";
import { parallelMap } from "../concurrency.ts";
import type { DirectRequests } from "../direct/direct-requests.ts";
import { interrupted } from "../errors.ts";

/** Bytes of the parts that are under way at once. */
const IN_MEMORY = 48 * 1024 * 1024;

export interface LargeFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly partSize: number;
  readonly target: CreateMultipartUploadCommandInput & { readonly Bucket: string; readonly Key: string };
  readonly signal: AbortSignal;
  /** Told the bytes of the parts that are there. */
  readonly progress?: ((bytes: number) => void) | undefined;
}

/** An upload that is interrupted or fails is aborted on the server too. Throws `FileChanged` for a file that has become shorter. */
export async function uploadParts(s3: S3Client, file: LargeFile, direct?: DirectRequests): Promise<void> {
  const { target, signal, path } = file;
  if (signal.aborted) throw interrupted();
  // AWS is sent checksums by default; other servers may not know them.
  const checksums = (await s3.config.requestChecksumCalculation()) !== "WHEN_REQUIRED";
  const handle = await open(path);
  try {
    // Those of the parts are the SDK's doing; that there will be some, S3 is to be told first, or it refuses them in the end.
    const algorithm = checksums ? ({ ChecksumAlgorithm: "CRC32" } as const) : {};
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ ...target, ...algorithm }));
    const upload = { Bucket: target.Bucket, Key: target.Key, UploadId };
    try {
      // Each part with a checksum has its own in the end: the SDK knows how.
      const Parts = await sendParts(s3, handle, { ...file, upload, direct: checksums ? undefined : direct });
      await s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }));
    } catch (error) {
      await s3.send(new AbortMultipartUploadCommand(upload)).catch(() => undefined);
      throw signal.aborted ? interrupted() : error;
    }
  } finally {
    await handle.close();
  }
}

interface Parts extends LargeFile {
  readonly upload: { readonly Bucket: string; readonly Key: string; readonly UploadId: string | undefined };
  readonly direct: DirectRequests | undefined;
}

async function sendParts(s3: S3Client, handle: FileHandle, parts: Parts): Promise<CompletedPart[]> {
  const { path, size, partSize, upload, direct, signal, progress } = parts;
  const parallel = Math.max(1, Math.floor(IN_MEMORY / partSize));
  const free: Buffer[] = [];
  const numbers = Array.from({ length: Math.ceil(size / partSize) }, (_, i) => i + 1);
  const sent: CompletedPart[] = [];
  let done = 0;
  const isThere = (buffer: Buffer, length: number): void => {
    free.push(buffer);
    done += length;
    progress?.(done);
  };
  const send = async (PartNumber: number): Promise<CompletedPart> => {
    if (signal.aborted) throw interrupted();
    const start = (PartNumber - 1) * partSize;
    const buffer = free.pop() ?? Buffer.allocUnsafeSlow(partSize);
    const Body = buffer.subarray(0, Math.min(partSize, size - start));
    await fill(handle, Body, start, path);
    const query = `partNumber=${PartNumber}&uploadId=${encodeURIComponent(upload.UploadId ?? "")}`;
    const answer = await direct?.put(upload.Key, Body, {}, query);
    const etag = answer?.headers["etag"];
    if (etag !== undefined) {
      isThere(buffer, Body.length);
      return { PartNumber, ETag: etag };
    }
    const found = await s3.send(new UploadPartCommand({ ...upload, PartNumber, Body }), { abortSignal: signal });
    isThere(buffer, Body.length);
    const { ETag, ChecksumCRC32 } = found;
    return { PartNumber, ETag, ...(ChecksumCRC32 !== undefined && { ChecksumCRC32 }) };
  };
  for await (const part of parallelMap(numbers, parallel, send)) sent.push(part);
  return sent;
}

/** Reads as many bytes as the buffer has, from `start` on. */
async function fill(handle: FileHandle, buffer: Buffer, start: number, path: string): Promise<void> {
  for (let done = 0; done < buffer.length; ) {
    const { bytesRead } = await handle.read(buffer, done, buffer.length - done, start + done);
    if (bytesRead === 0) throw new ScarError("FileChanged", `'${path}' became shorter while it was uploaded`);
    done += bytesRead;
  }
}
