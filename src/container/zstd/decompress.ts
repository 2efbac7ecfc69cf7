import { pipeline, Readable, type Transform } from "node:stream";
import zlib from "node:zlib";
import { messageOf, ScarError } from "../../errors.ts";
import { type Cut, WINDOW_LIMIT, ZstdFrames } from "./frames.ts";

/** Node's own decoder, since 22.15; not yet in the types of Node 20. */
type NativeDecoder = (options: {
  readonly chunkSize: number;
  readonly params: Readonly<Record<number, number>>;
}) => Transform;

const native = (zlib as { readonly createZstdDecompress?: NativeDecoder }).createZstdDecompress;

/** `ZSTD_d_windowLogMax`. */
const WINDOW_LOG_MAX = 100;

export interface ZstdOptions {
  /** Default: Node's own decoder where there is one, else fzstd. */
  readonly decoder?: "node" | "fzstd";
}

/**
 * The content of a zstd stream: frame after frame, skippable ones left out. Memory: the window (at most 128 MiB) and a chunk.
 * The result fails with ScarError `DamagedLayer`, `UnsafeImage` or with the decoder's own error.
 */
export async function zstdDecompressed(stored: AsyncIterable<Buffer>, options: ZstdOptions = {}): Promise<Readable> {
  const nodes = options.decoder === "fzstd" ? undefined : native;
  if (nodes !== undefined) {
    const params = { [WINDOW_LOG_MAX]: Math.log2(WINDOW_LIMIT) };
    // In object mode pieces stay apart: a frame that ends within what the decoder is given is the last that it reads.
    return pipeline(Readable.from(pieces(stored, "frames")), nodes({ chunkSize: 256 * 1024, params }), () => {
      // A failure of the input destroys the output, whose reader sees it.
    });
  }
  const { Decompress } = await import("fzstd");
  return Readable.from(decoded(stored, Decompress), { objectMode: false });
}

async function* pieces(stored: AsyncIterable<Buffer>, cut: Cut): AsyncGenerator<Buffer> {
  const frames = new ZstdFrames(cut);
  for await (const chunk of stored) yield* frames.pieces(chunk);
  frames.end();
}

/** A block at a time, so that no more is decoded than is read. */
async function* decoded(
  stored: AsyncIterable<Buffer>,
  Decompress: typeof import("fzstd").Decompress,
): AsyncGenerator<Buffer> {
  const output: Buffer[] = [];
  const decoder = new Decompress((data) => {
    if (data.length > 0) output.push(Buffer.from(data.buffer, data.byteOffset, data.length));
  });
  const push = (piece: Uint8Array, last: boolean): void => {
    try {
      decoder.push(piece, last);
    } catch (cause) {
      throw new ScarError("DamagedLayer", `its zstd stream is damaged: ${messageOf(cause)}`, { cause });
    }
  };
  for await (const piece of pieces(stored, "blocks")) {
    push(piece, false);
    yield* output.splice(0);
  }
  push(new Uint8Array(), true);
  yield* output.splice(0);
}
