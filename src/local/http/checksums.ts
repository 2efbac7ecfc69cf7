/** The checksums of S3 bodies, fed chunk by chunk: `x-amz-checksum-<name>`, base64 of the big-endian value. */
import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import * as zlib from "node:zlib";
import { updateCrc32, updateCrc32c, updateCrc64nvme } from "./crc.ts";

export type ChecksumName = "crc32" | "crc32c" | "crc64nvme" | "sha1" | "sha256";

export const CHECKSUM_NAMES: readonly ChecksumName[] = ["crc32", "crc32c", "crc64nvme", "sha1", "sha256"];

export interface Checksum {
  update(chunk: Uint8Array): void;
  /** base64; to be called once. */
  digest(): string;
}

function bigEndian(...words: number[]): string {
  const bytes = Buffer.alloc(words.length * 4);
  words.forEach((word, i) => {
    bytes.writeUInt32BE(word >>> 0, i * 4);
  });
  return bytes.toString("base64");
}

function createCrc32(): Checksum {
  if (!("crc32" in zlib)) return byTable(updateCrc32);
  let crc = 0;
  return {
    update(chunk) {
      crc = zlib.crc32(chunk, crc);
    },
    digest: () => bigEndian(crc),
  };
}

function byTable(update: (state: number, chunk: Uint8Array) => number): Checksum {
  let crc = 0xffffffff;
  return {
    update(chunk) {
      crc = update(crc, chunk);
    },
    digest: () => bigEndian(~crc),
  };
}

function createCrc64(): Checksum {
  const state = { high: 0xffffffff, low: 0xffffffff };
  return {
    update: (chunk) => updateCrc64nvme(state, chunk),
    digest: () => bigEndian(~state.high, ~state.low),
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
  crc32c: () => byTable(updateCrc32c),
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

/** The checksums of a body: in headers, or by name in `x-amz-trailer` with the value following the body. */
export function announcedChecksums(headers: IncomingHttpHeaders): ReadonlySet<ChecksumName> {
  const found = new Set<ChecksumName>();
  const add = (header: string): void => {
    const name = checksumOfHeader(header);
    if (name) found.add(name);
  };
  for (const header of Object.keys(headers)) add(header);
  const trailer = headers["x-amz-trailer"];
  if (trailer !== undefined) for (const name of String(trailer).split(",")) add(name.trim().toLowerCase());
  return found;
}
