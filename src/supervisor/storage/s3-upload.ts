import type { FileHandle } from "node:fs/promises";
import type { Readable } from "node:stream";
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  NoSuchUpload,
  PutObjectCommand,
  UploadPartCommand,
  type UploadPartCommandOutput,
} from "@aws-sdk/client-s3";
import { anySignal } from "../../any-signal.ts";
import { CHUNK, rangeBuffer, rangeStream } from "./file-range.ts";
import type { ObjectAddress } from "./object-store.ts";
import { retry } from "./retry.ts";
import type { S3Access } from "./s3-access.ts";

/** S3's limit. */
const MOST_PARTS = 10_000;

/** Milliseconds for taking back an upload that failed; and one whose time is over, out of the second that is kept for the answer. */
const ABORT_MS = 5000;
const LATE_ABORT_MS = 500;

/** One file on its way into an object: nothing of it is in memory but a chunk of each part that is being sent. */
export class S3Upload {
  readonly #access: S3Access;
  readonly #address: { readonly Bucket: string; readonly Key: string };
  readonly #handle: FileHandle;
  readonly #size: number;
  readonly #given: AbortSignal;
  readonly #failed = new AbortController();
  readonly #signal: AbortSignal;
  /** Of the whole object, so that a download in other pieces can compare it. */
  readonly #checksumType: { readonly ChecksumType?: "FULL_OBJECT" };

  constructor(access: S3Access, object: ObjectAddress, handle: FileHandle, size: number, signal: AbortSignal) {
    this.#access = access;
    this.#address = { Bucket: object.bucket, Key: object.key };
    this.#handle = handle;
    this.#size = size;
    this.#given = signal;
    this.#signal = anySignal([signal, this.#failed.signal]);
    this.#checksumType = access.checksums ? { ChecksumType: "FULL_OBJECT" } : {};
  }

  async run(): Promise<void> {
    if (this.#size > this.#access.limits.largestPut) return this.#multipart();
    await this.#sendRange(0, this.#size, (Body, ContentLength, options) =>
      this.#access.client.send(new PutObjectCommand({ ...this.#address, Body, ContentLength }), options),
    );
  }

  async #multipart(): Promise<void> {
    const algorithm = this.#access.checksums && ({ ChecksumAlgorithm: "CRC32" } as const);
    const create = new CreateMultipartUploadCommand({ ...this.#address, ...algorithm, ...this.#checksumType });
    const { UploadId } = await this.#request((options) => this.#access.client.send(create, options));
    try {
      await this.#complete(UploadId!, await this.#sendParts(UploadId!));
    } catch (error) {
      await this.#takeBack(UploadId!);
      throw error;
    }
  }

  /** What the completion has to name, in order. */
  async #sendParts(UploadId: string): Promise<CompletedPart[]> {
    const { limits, client } = this.#access;
    const partSize = Math.max(limits.part, Math.ceil(this.#size / MOST_PARTS));
    const parts: CompletedPart[] = Array.from({ length: Math.ceil(this.#size / partSize) });
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < parts.length) {
        const index = next++;
        const start = index * partSize;
        const part = { ...this.#address, UploadId, PartNumber: index + 1 };
        const sent = await this.#sendRange(
          start,
          Math.min(partSize, this.#size - start),
          (Body, ContentLength, options) =>
            client.send(new UploadPartCommand({ ...part, Body, ContentLength }), options),
        );
        parts[index] = completedPart(part.PartNumber, sent);
      }
    };
    const workers = Array.from({ length: limits.partsPerFile }, () =>
      worker().catch((error: unknown) => this.#failed.abort(error)),
    );
    await Promise.all(workers);
    this.#signal.throwIfAborted();
    return parts;
  }

  async #complete(UploadId: string, Parts: CompletedPart[]): Promise<void> {
    const whole = { ...this.#address, ...this.#checksumType, UploadId, MultipartUpload: { Parts } };
    let tried = false;
    await this.#request(async (options) => {
      const again = tried;
      tried = true;
      try {
        await this.#access.client.send(new CompleteMultipartUploadCommand(whole), options);
      } catch (error) {
        // The answer to the attempt before was lost, but it did what it was asked.
        if (!(again && error instanceof NoSuchUpload && (await this.#isThere(Parts.length, options)))) throw error;
      }
    });
  }

  async #isThere(parts: number, options: RequestOptions): Promise<boolean> {
    const found = await this.#access.client.send(new HeadObjectCommand(this.#address), options);
    return found.ContentLength === this.#size && (found.ETag ?? "").endsWith(`-${parts}"`);
  }

  /** Parts that nobody sees cost money: S3 keeps them until the upload is aborted. */
  async #takeBack(UploadId: string): Promise<void> {
    const signal = AbortSignal.timeout(this.#given.aborted ? LATE_ABORT_MS : ABORT_MS);
    const command = new AbortMultipartUploadCommand({ ...this.#address, UploadId });
    const abort = () => this.#access.client.send(command, { abortSignal: signal });
    // What made the upload fail is what its user must see.
    await retry(this.#access.retry, signal, abort).catch(() => {});
  }

  #request<T>(send: (options: RequestOptions) => Promise<T>): Promise<T> {
    const { retry: policy, slots } = this.#access;
    // Each with a signal of its own: Node warns of one that more than ten listen to, in the function's log.
    return retry(policy, this.#signal, () => slots.use(() => send({ abortSignal: anySignal([this.#signal]) })));
  }

  #sendRange<T>(
    start: number,
    length: number,
    send: (body: Buffer | Readable, length: number, options: RequestOptions) => Promise<T>,
  ): Promise<T> {
    return this.#request(async ({ abortSignal }) => {
      if (length <= CHUNK) return send(await rangeBuffer(this.#handle, start, length), length, { abortSignal });
      const body = rangeStream(this.#handle, start, length);
      // The SDK waits for ever for a body that fails: its request is aborted with it.
      const broken = new AbortController();
      let failure: Error | undefined;
      body.once("error", (error) => {
        failure ??= error;
        broken.abort(error);
      });
      try {
        return await send(body, length, { abortSignal: anySignal([abortSignal, broken.signal]) });
      } catch (error) {
        throw failure ?? error;
      } finally {
        body.destroy();
      }
    });
  }
}

/** S3 compares what the SDK sent with each part once more. */
function completedPart(PartNumber: number, { ETag, ChecksumCRC32 }: UploadPartCommandOutput): CompletedPart {
  return { PartNumber, ETag, ChecksumCRC32 };
}

interface RequestOptions {
  readonly abortSignal: AbortSignal;
}
