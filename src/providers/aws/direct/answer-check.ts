import { createHash } from "node:crypto";
import * as zlib from "node:zlib";
import type { AnswerHead } from "./message.ts";

/** Compares an object's bytes with the checksum that S3 keeps of the whole of it, where there is one that Node computes. */
export interface AnswerCheck {
  update(chunk: Uint8Array): void;
  /** Whether these were the bytes that were uploaded. */
  agrees(): boolean;
}

export function answerCheck({ headers }: Pick<AnswerHead, "headers">): AnswerCheck | undefined {
  const found = (name: string): string | undefined => {
    const value = headers[`x-amz-checksum-${name}`];
    // Of an upload in parts: a checksum of checksums.
    return value === undefined || value.includes("-") || headers["x-amz-checksum-type"] === "COMPOSITE"
      ? undefined
      : value;
  };
  const [sha256, crc32] = [found("sha256"), found("crc32")];
  if (sha256 !== undefined) {
    const hash = createHash("sha256");
    return { update: (chunk) => void hash.update(chunk), agrees: () => hash.digest("base64") === sha256 };
  }
  // Node 20.15 and 22.2 brought it.
  if (crc32 === undefined || !("crc32" in zlib)) return undefined;
  const expected = Buffer.from(crc32, "base64").readUInt32BE();
  let value = 0;
  return {
    update: (chunk) => {
      value = zlib.crc32(chunk, value);
    },
    agrees: () => value >>> 0 === expected,
  };
}
