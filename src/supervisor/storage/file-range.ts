import type { FileHandle } from "node:fs/promises";
import { Readable } from "node:stream";

/** Bytes of one read; what is no longer is sent from memory. */
export const CHUNK = 256 * 1024;

/** The file is not what it was when its transfer began. */
export class FileChanged extends Error {
  constructor() {
    super("the file changed while it was uploaded: something still writes to it");
  }
}

/** Bytes `start` up to `start + length`, one chunk in memory at a time. Fails with {@link FileChanged} when the file has become shorter. */
export function rangeStream(handle: FileHandle, start: number, length: number): Readable {
  return Readable.from(chunks(handle, start, length), { objectMode: false, highWaterMark: CHUNK });
}

/** As {@link rangeStream}, at once. */
export async function rangeBuffer(handle: FileHandle, start: number, length: number): Promise<Buffer> {
  const found: Buffer[] = [];
  for await (const chunk of chunks(handle, start, length)) found.push(chunk);
  return Buffer.concat(found);
}

async function* chunks(handle: FileHandle, start: number, length: number): AsyncGenerator<Buffer> {
  const end = start + length;
  for (let at = start; at < end; ) {
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK, end - at));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
    if (bytesRead === 0) throw new FileChanged();
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
