/** GetObject by the SDK, which repeats its requests; their bodies are repeated here. */
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { GetObjectCommand, type GetObjectCommandOutput, type S3Client } from "@aws-sdk/client-s3";
import type { PartialFile } from "../direct/partial-file.ts";
import { AwsError } from "../errors.ts";
import type { Download } from "./download.ts";

/** Times that a body may break off, and the milliseconds that the first pause afterwards lasts at most; each further one twice as long. */
const BREAKS = 8;
const FIRST_PAUSE = 100;

/** Codes of a body that broke off. */
const BROKEN = new Set(["ECONNRESET", "ECONNABORTED", "EPIPE", "ETIMEDOUT", "ERR_STREAM_PREMATURE_CLOSE"]);

/**
 * Takes the object, or what is missing of it, by the SDK; what breaks off goes on where it ended.
 *
 * @param etag of the object that the file has the beginning of; undefined: it is begun anew
 */
export async function takeBySdk(
  s3: S3Client,
  download: Download,
  file: PartialFile,
  etag: string | undefined,
): Promise<void> {
  const { bucket: Bucket, key: Key, signal } = download;
  let known = etag;
  for (let breaks = 0; ; ) {
    const from = known === undefined ? 0 : file.received;
    const rest = from === 0 ? {} : { Range: `bytes=${from}-`, IfMatch: known };
    let answer: GetObjectCommandOutput;
    try {
      answer = await s3.send(new GetObjectCommand({ Bucket, Key, ...rest }), { abortSignal: signal });
    } catch (error) {
      if (from === 0 || !isAnother(error)) throw error;
      known = undefined;
      continue;
    }
    // A server that knows no ranges sends everything.
    if (from === 0 || !answer.ContentRange?.startsWith(`bytes ${from}-`)) file.begin();
    known = answer.ETag;
    if (await takeBody(answer.Body as Readable, download, file, ++breaks < BREAKS)) break;
    await sleep(Math.random() * FIRST_PAUSE * 2 ** breaks, undefined, { signal });
  }
  if (!file.agrees) throw new Error("the bytes that came are not those that were uploaded");
}

/** Whether the object was replaced by another: the rest of it is none of ours. */
function isAnother(error: unknown): boolean {
  return error instanceof AwsError && (error.status === 412 || error.status === 416);
}

/** Whether all of it came; false: it broke off, and `mayBreak`. */
async function takeBody(
  body: Readable,
  { progress }: Download,
  file: PartialFile,
  mayBreak: boolean,
): Promise<boolean> {
  let isWritten = true;
  try {
    for await (const piece of body as AsyncIterable<Uint8Array>) {
      isWritten = false;
      file.write(piece);
      isWritten = true;
      progress?.(file.received);
    }
    return true;
  } catch (error) {
    body.destroy();
    if (isWritten && mayBreak && BROKEN.has((error as NodeJS.ErrnoException).code ?? "")) return false;
    throw error;
  }
}
