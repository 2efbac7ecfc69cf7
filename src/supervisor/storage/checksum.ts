import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import * as zlib from "node:zlib";
import type { GetObjectCommandOutput } from "@aws-sdk/client-s3";
import { rangeStream } from "./file-range.ts";

/** A checksum of a whole object, as S3 keeps it since the upload. */
export interface Checksum {
  readonly algorithm: "CRC32" | "SHA1" | "SHA256";
  /** Base64. */
  readonly value: string;
}

/** All bytes came, and they are not those that were uploaded. */
export class WrongContent extends Error {}

interface Digest {
  update(chunk: Buffer): void;
  base64(): string;
}

/** The checksum to compare with, if S3 has one of the whole object that Node computes; its ETag tells nothing for sure. */
export function checksumOf(answer: GetObjectCommandOutput): Checksum | undefined {
  if (answer.ChecksumType === "COMPOSITE") return undefined;
  const { ChecksumSHA256, ChecksumSHA1, ChecksumCRC32 } = answer;
  // Of an upload in parts by a service that does not tell the type: a checksum of checksums.
  const found = (value: string | undefined): value is string => value !== undefined && !value.includes("-");
  if (found(ChecksumSHA256)) return { algorithm: "SHA256", value: ChecksumSHA256 };
  if (found(ChecksumSHA1)) return { algorithm: "SHA1", value: ChecksumSHA1 };
  // Node 20.15 and 22.2 brought it.
  if (found(ChecksumCRC32) && "crc32" in zlib) return { algorithm: "CRC32", value: ChecksumCRC32 };
  return undefined;
}

/** Throws {@link WrongContent} when the file's first `size` bytes are not those that were uploaded. */
export async function requireChecksum(
  handle: FileHandle,
  size: number,
  expected: Checksum,
  signal: AbortSignal,
): Promise<void> {
  const digest = expected.algorithm === "CRC32" ? crc32() : hash(expected.algorithm);
  for await (const chunk of rangeStream(handle, 0, size)) {
    signal.throwIfAborted();
    digest.update(chunk as Buffer);
  }
  const found = digest.base64();
  if (found === expected.value) return;
  throw new WrongContent(`its ${expected.algorithm} is ${found}, not ${expected.value} as the storage says`);
}

function hash(algorithm: string): Digest {
  const state = createHash(algorithm.toLowerCase());
  return { update: (chunk) => void state.update(chunk), base64: () => state.digest("base64") };
}

function crc32(): Digest {
  let value = 0;
  return {
    update: (chunk) => {
      value = zlib.crc32(chunk, value);
    },
    base64: () => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value >>> 0);
      return bytes.toString("base64");
    },
  };
}
