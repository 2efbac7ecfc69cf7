import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { notSupportedYet } from "../errors.ts";
import { zstdDecompressed } from "./zstd/decompress.ts";

export type Compression = "none" | "gzip" | "zstd" | "bzip2" | "xz";

const MAGIC: ReadonlyArray<readonly [Compression, readonly number[]]> = [
  ["gzip", [0x1f, 0x8b]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
  ["bzip2", [0x42, 0x5a, 0x68]],
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
];

/** How many bytes {@link detectCompression} wants to see. */
export const MAGIC_BYTES = 6;

export function detectCompression(start: Buffer): Compression {
  const found = MAGIC.find(([, bytes]) => bytes.every((byte, i) => start[i] === byte));
  return found?.[0] ?? "none";
}

/**
 * The tar inside a stored layer, whatever its compression. Destroying the result destroys `stored`.
 * Throws ScarError `NotSupportedYet` for compressions other than gzip and zstd; a gzip stream cut short fails with zlib's `Z_BUF_ERROR`,
 * a zstd stream with ScarError `DamagedLayer`.
 */
export async function decompressed(stored: NodeJS.ReadableStream, what: string): Promise<Readable> {
  const chunks = stored[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let start: Buffer = Buffer.alloc(0);
  while (start.length < MAGIC_BYTES) {
    const next = await chunks.next();
    if (next.done === true) break;
    start = start.length === 0 ? next.value : Buffer.concat([start, next.value]);
  }
  const compression = detectCompression(start);
  if (compression === "bzip2" || compression === "xz") {
    await chunks.return?.();
    throw notSupportedYet(`${compression} compression (${what})`);
  }
  const whole = Readable.from(prepended(start, chunks), { objectMode: false });
  if (compression === "none") return whole;
  if (compression === "zstd") return zstdDecompressed(whole);
  return pipeline(whole, createGunzip({ chunkSize: 256 * 1024 }), () => {
    // A failure of the input destroys the output, whose reader sees it.
  });
}

async function* prepended(start: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    if (start.length > 0) yield start;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}
