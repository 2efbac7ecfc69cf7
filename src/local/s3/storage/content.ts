/** Bytes of objects: written once from a request, read in ranges, memory flat. */
import { createHash } from "node:crypto";
import { closeSync, constants, createReadStream, openSync, readSync, writeFileSync } from "node:fs";
import { copyFile, type FileHandle, link, open, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import type { Bucket } from "./bucket.ts";
import type { Part } from "./records.ts";
import { slicesOf } from "./slices.ts";

const READ_BYTES = 512 * 1024;
/** A batch of what is received; two of them are held at most. */
const WRITE_BYTES = 512 * 1024;
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
  let held: Buffer[] = [];
  let heldBytes = 0;
  let size = 0;
  let handle: FileHandle | undefined;
  // One batch is written while the next is received and hashed.
  let writing: Promise<void> = Promise.resolve();
  const flush = async () => {
    await writing;
    writing = writeAll(handle!, held);
    // It is awaited before the next batch; until then a failure has nobody to tell.
    writing.catch(() => {});
    held = [];
    heldBytes = 0;
  };
  try {
    for await (const chunk of body) {
      md5.update(chunk);
      size += chunk.length;
      held.push(chunk);
      heldBytes += chunk.length;
      if (size <= SMALL_BYTES) continue;
      handle ??= await open(path, "wx", 0o600);
      if (heldBytes >= WRITE_BYTES) await flush();
    }
    if (handle) await flush();
    else if (size > 0)
      writeFileSync(path, held.length === 1 ? held[0]! : Buffer.concat(held), { flag: "wx", mode: 0o600 });
    await writing;
  } catch (error) {
    await writing.catch(() => {});
    await rm(path, { force: true });
    bucket.requireOpen();
    throw error;
  } finally {
    await handle?.close();
  }
  return { file, size, md5: md5.digest("hex") };
}

async function writeAll(handle: FileHandle, chunks: readonly Buffer[]): Promise<void> {
  for (let left = chunks; left.length > 0; ) {
    let { bytesWritten } = await handle.writev(left);
    const done = left.findIndex((chunk) => {
      if (bytesWritten < chunk.length) return true;
      bytesWritten -= chunk.length;
      return false;
    });
    left = done < 0 ? [] : [left[done]!.subarray(bytesWritten), ...left.slice(done + 1)];
  }
}

/** The same bytes under a new name: files never change, so a second link to each is enough. Nothing stays when it fails half-way. */
export async function copyContent(from: Bucket, parts: readonly Part[], to: Bucket): Promise<Part[]> {
  const unpin = from.pin(parts);
  const copies: Part[] = [];
  try {
    for (const part of parts) {
      const { file, path } = to.newFile();
      copies.push({ file, size: part.size });
      const source = from.pathOf(part.file);
      await link(source, path).catch(() => copyFile(source, path, constants.COPYFILE_FICLONE));
    }
    return copies;
  } catch (error) {
    to.discard(copies);
    throw error;
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
  const bytes = Buffer.allocUnsafe(end - start + 1);
  const fd = openSync(bucket.pathOf(part.file), "r");
  try {
    for (let read = 0; read < bytes.length; ) {
      const count = readSync(fd, bytes, read, bytes.length - read, start + read);
      if (count === 0) throw new Error(`${bucket.info.name}: the file ${part.file} of an object is cut short`);
      read += count;
    }
  } finally {
    closeSync(fd);
  }
  return bytes;
}

/**
 * Bytes `start` to `end` (inclusive) of the parts' concatenation. They stay readable when the object is overwritten or deleted
 * meanwhile.
 */
export function readContent(bucket: Bucket, parts: readonly Part[], start: number, end: number): Readable {
  const unpin = bucket.pin(parts);
  const [part] = parts;
  const readable =
    parts.length === 1 && part && start <= end
      ? fileStream(bucket, part, start, end)
      : Readable.from(slices(bucket, parts, start, end), { objectMode: false });
  return readable.once("close", unpin);
}

const fileStream = (bucket: Bucket, part: Part, start: number, end: number): Readable =>
  createReadStream(bucket.pathOf(part.file), { start, end, highWaterMark: READ_BYTES });

async function* slices(bucket: Bucket, parts: readonly Part[], start: number, end: number): AsyncGenerator<Buffer> {
  for (const { part, from, to } of slicesOf(parts, start, end)) yield* fileStream(bucket, part, from, to);
}
