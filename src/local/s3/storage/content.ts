/** Bytes of objects: written once from a request, read in ranges, memory flat. */
import { createHash } from "node:crypto";
import { constants, createReadStream, readFileSync, writeFileSync } from "node:fs";
import { copyFile, type FileHandle, link, open, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import type { Bucket } from "./bucket.ts";
import type { Part } from "./records.ts";

const READ_BYTES = 256 * 1024;
/** Up to here the thread pool's round trips cost more than the bytes: files are written and read in one step. */
const SMALL_BYTES = 64 * 1024;

export interface WrittenContent extends Part {
  /** hex */
  readonly md5: string;
}

/**
 * Writes the body into a new file of the bucket (none when it is empty); nothing stays when it fails half-way. Throws `NoSuchBucket`
 * when the bucket was deleted meanwhile.
 */
export async function writeContent(bucket: Bucket, body: AsyncIterable<Buffer>): Promise<WrittenContent> {
  const { file, path } = bucket.newFile();
  const md5 = createHash("md5");
  const head: Buffer[] = [];
  let size = 0;
  let handle: FileHandle | undefined;
  try {
    for await (const chunk of body) {
      md5.update(chunk);
      size += chunk.length;
      head.push(chunk);
      if (size <= SMALL_BYTES) continue;
      handle ??= await open(path, "wx", 0o600);
      for (const held of head.splice(0)) await writeAll(handle, held);
    }
    if (!handle && size > 0) writeFileSync(path, Buffer.concat(head), { flag: "wx", mode: 0o600 });
  } catch (error) {
    await rm(path, { force: true });
    bucket.requireOpen();
    throw error;
  } finally {
    await handle?.close();
  }
  return { file, size, md5: md5.digest("hex") };
}

async function writeAll(handle: FileHandle, chunk: Buffer): Promise<void> {
  for (let written = 0; written < chunk.length; ) {
    written += (await handle.write(chunk, written)).bytesWritten;
  }
}

/** The same bytes under a new name: files never change, so a second link to each is enough. */
export async function copyContent(from: Bucket, parts: readonly Part[], to: Bucket): Promise<Part[]> {
  const unpin = from.pin(parts);
  try {
    const copies: Part[] = [];
    for (const part of parts) {
      const { file, path } = to.newFile();
      const source = from.pathOf(part.file);
      await link(source, path).catch(() => copyFile(source, path, constants.COPYFILE_FICLONE));
      copies.push({ file, size: part.size });
    }
    return copies;
  } finally {
    unpin();
  }
}

/** The bytes of {@link readContent} at once when they are few and in one file; undefined otherwise. */
export function readSmallContent(
  bucket: Bucket,
  parts: readonly Part[],
  start: number,
  end: number,
): Buffer | undefined {
  const [part] = parts;
  if (parts.length !== 1 || !part || part.size > SMALL_BYTES) return undefined;
  return readFileSync(bucket.pathOf(part.file)).subarray(start, end + 1);
}

/**
 * Bytes `start` to `end` (inclusive) of the parts' concatenation. They stay readable when the object is overwritten or deleted
 * meanwhile.
 */
export function readContent(bucket: Bucket, parts: readonly Part[], start: number, end: number): Readable {
  const unpin = bucket.pin(parts);
  const readable = Readable.from(slices(bucket, parts, start, end), { objectMode: false });
  return readable.once("close", unpin);
}

async function* slices(bucket: Bucket, parts: readonly Part[], start: number, end: number): AsyncGenerator<Buffer> {
  let offset = 0;
  for (const part of parts) {
    const from = Math.max(start - offset, 0);
    const to = Math.min(end - offset, part.size - 1);
    offset += part.size;
    if (from <= to) {
      yield* createReadStream(bucket.pathOf(part.file), { start: from, end: to, highWaterMark: READ_BYTES });
    }
  }
}
