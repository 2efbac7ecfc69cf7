/** zstd frames written by hand (RFC 8878): Node 20 has no encoder. */

const MAGIC = [0x28, 0xb5, 0x2f, 0xfd];

function block(last: boolean, type: number, size: number): Buffer {
  const header = (last ? 1 : 0) | (type << 1) | (size << 3);
  return Buffer.from([header & 0xff, (header >> 8) & 0xff, (header >> 16) & 0xff]);
}

/** A frame of uncompressed blocks with a window of 128 KiB. */
export function rawZstd(content: Buffer): Buffer {
  const blocks: Buffer[] = [];
  for (let at = 0; at === 0 || at < content.length; at += 100_000) {
    const part = content.subarray(at, at + 100_000);
    blocks.push(block(at + 100_000 >= content.length, 0, part.length), part);
  }
  return Buffer.concat([Buffer.from([...MAGIC, 0x00, 7 << 3]), ...blocks]);
}

/** A frame of one byte, `count` times (at most 131072). */
export function rleZstd(byte: string, count: number): Buffer {
  return Buffer.concat([Buffer.from([...MAGIC, 0x00, 7 << 3]), block(true, 1, count), Buffer.from(byte)]);
}

/** A frame that decoders skip. */
export function skippable(size: number): Buffer {
  const header = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]);
  header.writeUInt32LE(size, 4);
  return Buffer.concat([header, Buffer.alloc(size, 0xfd)]);
}
