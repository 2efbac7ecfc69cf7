import type { FileHandle } from "node:fs/promises";
import { addAbortSignal, type Readable } from "node:stream";
import { GetObjectCommand, type GetObjectCommandOutput } from "@aws-sdk/client-s3";
import { anySignal } from "../../any-signal.ts";
import { messageOf } from "../../errors.ts";
import { type Checksum, checksumOf, requireChecksum, WrongContent } from "./checksum.ts";
import type { ObjectAddress } from "./object-store.ts";
import { BrokenTransfer, retry } from "./retry.ts";
import type { S3Access } from "./s3-access.ts";

/** What the first answer says of the object; every later request is for exactly this one. */
interface Description {
  readonly size: number;
  readonly etag: string | undefined;
  readonly checksum: Checksum | undefined;
}

/** Bytes `at` up to `end`; `at` grows with what is in the file. */
interface Piece {
  at: number;
  end: number;
}

/** One object on its way into an empty file, in pieces; each goes on where a broken connection left it. */
export class S3Download {
  readonly #access: S3Access;
  readonly #object: ObjectAddress;
  readonly #handle: FileHandle;
  readonly #signal: AbortSignal;
  readonly #failed = new AbortController();
  #known: Description | undefined;

  constructor(access: S3Access, object: ObjectAddress, handle: FileHandle, signal: AbortSignal) {
    this.#access = access;
    this.#object = object;
    this.#handle = handle;
    this.#signal = anySignal([signal, this.#failed.signal]);
  }

  /** The file is the object, by its size and its checksum where S3 has one. */
  async run(): Promise<void> {
    const { part, partsPerFile } = this.#access.limits;
    // The first request asks for all, so that a small object takes one.
    await this.#fetch({ at: 0, end: part });
    const { size, checksum } = this.#known!;
    let next = part;
    const worker = async (): Promise<void> => {
      while (next < size) {
        const at = next;
        next += part;
        await this.#fetch({ at, end: Math.min(size, at + part) });
      }
    };
    const workers = Array.from({ length: partsPerFile }, () =>
      worker().catch((error: unknown) => this.#failed.abort(error)),
    );
    await Promise.all(workers);
    this.#signal.throwIfAborted();
    if (checksum) await requireChecksum(this.#handle, size, checksum, this.#signal);
  }

  async #fetch(piece: Piece): Promise<void> {
    const { retry: policy, slots } = this.#access;
    await retry(
      policy,
      this.#signal,
      () => slots.use(() => this.#attempt(piece)),
      () => piece.at,
    );
  }

  async #attempt(piece: Piece): Promise<void> {
    const known = this.#known;
    if (known && piece.at === piece.end) return;
    const rest = known && {
      Range: `bytes=${piece.at}-${piece.end - 1}`,
      ...(known.etag && { IfMatch: known.etag }),
    };
    // Of its own: Node warns of a signal that more than ten listen to, in the function's log.
    const abortSignal = anySignal([this.#signal]);
    const answer = await this.#access.client.send(
      new GetObjectCommand({
        Bucket: this.#object.bucket,
        Key: this.#object.key,
        ChecksumMode: "ENABLED",
        ...rest,
      }),
      { abortSignal },
    );
    const body = addAbortSignal(abortSignal, answer.Body as Readable);
    try {
      if (known) requireRange(answer, piece);
      else {
        this.#known = describe(answer);
        piece.end = Math.min(piece.end, this.#known.size);
      }
      await this.#write(body, piece, (answer.ContentLength ?? 0) > piece.end - piece.at);
    } finally {
      body.destroy();
    }
  }

  /** @param longer the body has more than the piece, which others fetch */
  async #write(body: Readable, piece: Piece, longer: boolean): Promise<void> {
    for await (const chunk of verified(body)) {
      const wanted = chunk.subarray(0, piece.end - piece.at);
      for (let written = 0; written < wanted.length; ) {
        const { bytesWritten } = await this.#handle.write(wanted, written, wanted.length - written, piece.at);
        written += bytesWritten;
        piece.at += bytesWritten;
      }
      // A body that is read to its end leaves a connection that can be used again.
      if (longer && piece.at === piece.end) break;
    }
    if (piece.at < piece.end) throw new BrokenTransfer(`the connection ended ${piece.end - piece.at} bytes early`);
  }
}

/** The SDK verifies a body that is read whole: with more algorithms than we do, and an error that only its text tells. */
async function* verified(body: Readable): AsyncGenerator<Buffer> {
  try {
    yield* body as AsyncIterable<Buffer>;
  } catch (error) {
    throw messageOf(error).startsWith("Checksum mismatch") ? new WrongContent(messageOf(error)) : error;
  }
}

function describe(answer: GetObjectCommandOutput): Description {
  if (answer.ContentLength === undefined) throw new Error("the storage does not tell the object's length");
  return { size: answer.ContentLength, etag: answer.ETag, checksum: checksumOf(answer) };
}

/** A server that knows no ranges would send the beginning again. */
function requireRange({ ContentRange }: GetObjectCommandOutput, { at, end }: Piece): void {
  if (ContentRange?.startsWith(`bytes ${at}-${end - 1}/`)) return;
  throw new Error(`the storage answered the range ${at}-${end - 1} with '${ContentRange ?? "no range"}'`);
}
