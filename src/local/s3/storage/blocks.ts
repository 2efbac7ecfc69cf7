/** The bytes of an object for a response, read ahead into buffers that are used again. */
import { type FileHandle, open } from "node:fs/promises";
import type { Blocks } from "../../service.ts";
import type { Bucket } from "./bucket.ts";
import type { Part } from "./records.ts";
import { type Slice, slicesOf } from "./slices.ts";

const BLOCK_BYTES = 1024 * 1024;
/** Buffers kept for the next response. New ones cost the kernel a page fault for each 4 KiB, more than reading the bytes. */
const MAX_KEPT = 16;
const kept: Buffer[] = [];

const borrow = (): Buffer => kept.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);

function giveBack(buffers: readonly Buffer[]): void {
  for (const buffer of buffers) if (kept.length < MAX_KEPT) kept.push(buffer);
}

/**
 * Bytes `start` to `end` (inclusive) of the parts' concatenation. They stay readable when the object is overwritten or deleted
 * meanwhile, until the blocks are released.
 */
export function contentBlocks(bucket: Bucket, parts: readonly Part[], start: number, end: number): Blocks {
  const unpin = bucket.pin(parts);
  return {
    async *[Symbol.asyncIterator]() {
      const buffers = [borrow(), borrow()] as const;
      try {
        for (const slice of slicesOf(parts, start, end)) yield* readSlice(bucket, slice, buffers);
      } finally {
        giveBack(buffers);
      }
    },
    release: unpin,
  };
}

/** One buffer is filled while the reader is busy with the other. */
async function* readSlice(
  bucket: Bucket,
  { part, from, to }: Slice,
  buffers: readonly [Buffer, Buffer],
): AsyncGenerator<Buffer> {
  const handle = await open(bucket.pathOf(part.file), "r");
  let filling: Promise<number> | undefined;
  try {
    let position = from;
    for (let turn = 0; position <= to; turn ^= 1) {
      const read = await (filling ?? fill(handle, buffers[turn]!, position, to));
      if (read === 0) throw new Error(`${bucket.info.name}: the file ${part.file} of an object is cut short`);
      position += read;
      filling = position <= to ? fill(handle, buffers[turn ^ 1]!, position, to) : undefined;
      // It is awaited in the next turn; until then a failure has nobody to tell.
      filling?.catch(() => {});
      yield buffers[turn]!.subarray(0, read);
    }
  } finally {
    // Nobody else may get a buffer that is still being written to.
    await filling?.catch(() => {});
    await handle.close();
  }
}

async function fill(handle: FileHandle, buffer: Buffer, position: number, to: number): Promise<number> {
  return (await handle.read(buffer, 0, Math.min(buffer.length, to - position + 1), position)).bytesRead;
}
