/** The checksums of S3 bodies, fed chunk by chunk: `x-amz-checksum-<name>`, base64 of the big-endian value. */
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";

export type ChecksumName = "crc32" | "crc32c" | "crc64nvme" | "sha1" | "sha256";

export const CHECKSUM_NAMES: readonly ChecksumName[] = ["crc32", "crc32c", "crc64nvme", "sha1", "sha256"];

export interface Checksum {
  update(chunk: Uint8Array): void;
  /** base64; to be called once. */
  digest(): string;
}

/** CRC-32C (Castagnoli), reflected. */
const CRC32C = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc >>> 0;
});

/** CRC-64/NVME, reflected, in halves: JavaScript's integers end at 53 bits and BigInt is too slow for bodies. */
const CRC64 = (() => {
  const high = new Uint32Array(256);
  const low = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ 0x9a6c9329ac4bc9b5n : crc >> 1n;
    high[byte] = Number(crc >> 32n);
    low[byte] = Number(crc & 0xffffffffn);
  }
  return { high, low };
})();

function bigEndian(...words: number[]): string {
  const bytes = Buffer.alloc(words.length * 4);
  words.forEach((word, i) => {
    bytes.writeUInt32BE(word >>> 0, i * 4);
  });
  return bytes.toString("base64");
}

function createCrc32(): Checksum {
  let crc = 0;
  return {
    update(chunk) {
      crc = crc32(chunk, crc);
    },
    digest: () => bigEndian(crc),
  };
}

function createCrc32c(): Checksum {
  let crc = 0xffffffff;
  return {
    update(chunk) {
      for (let i = 0; i < chunk.length; i++) crc = CRC32C[(crc ^ chunk[i]!) & 0xff]! ^ (crc >>> 8);
    },
    digest: () => bigEndian(~crc),
  };
}

function createCrc64(): Checksum {
  let high = 0xffffffff;
  let low = 0xffffffff;
  return {
    update(chunk) {
      for (let i = 0; i < chunk.length; i++) {
        const index = (low ^ chunk[i]!) & 0xff;
        low = ((low >>> 8) | (high << 24)) ^ CRC64.low[index]!;
        high = (high >>> 8) ^ CRC64.high[index]!;
      }
    },
    digest: () => bigEndian(~high, ~low),
  };
}

function createSha(name: "sha1" | "sha256"): Checksum {
  const hash = createHash(name);
  return {
    update(chunk) {
      hash.update(chunk);
    },
    digest: () => hash.digest("base64"),
  };
}

const MAKERS: Record<ChecksumName, () => Checksum> = {
  crc32: createCrc32,
  crc32c: createCrc32c,
  crc64nvme: createCrc64,
  sha1: () => createSha("sha1"),
  sha256: () => createSha("sha256"),
};

export const createChecksum = (name: ChecksumName): Checksum => MAKERS[name]();

/** The checksum that an `x-amz-checksum-…` header or trailer names. */
export function checksumOfHeader(header: string): ChecksumName | undefined {
  const name = header.startsWith("x-amz-checksum-") ? header.slice("x-amz-checksum-".length) : "";
  return CHECKSUM_NAMES.find((known) => known === name);
}
