/** From the bytes on the wire to the body a service reads: decoding, and every promise the client made about it, checked. */
import { createHash, type Hash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { AwsError } from "../service.ts";
import { decodeAwsChunked } from "./aws-chunked.ts";
import { announcedChecksums, type ChecksumName, createChecksum } from "./checksums.ts";

const UNSIGNED = "UNSIGNED-PAYLOAD";
const UNSIGNED_CHUNKS = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
const SIGNED_CHUNKS = /^STREAMING-AWS4-HMAC-SHA256-PAYLOAD(-TRAILER)?$/;

/** The signature that a chunk, or the trailer, of the body must carry, after the one before it and by the SHA-256 of its bytes. */
export type SignChunk = (kind: "PAYLOAD" | "TRAILER", previous: string, hash: string) => string;

export interface PayloadPromises {
  readonly headers: IncomingHttpHeaders;
  /** `x-amz-content-sha256`: a hash, `UNSIGNED-PAYLOAD` or one of the `STREAMING-…` words. */
  readonly hash: string;
  /** Signature of the request's headers, the first link of the chain of chunks. */
  readonly seedSignature: string;
  /** Undefined when the request's signature has no key that chunks could be signed with. */
  readonly signChunk: SignChunk | undefined;
  /** Filled with the verified checksums (`x-amz-checksum-…` → base64) when the body was read to its end. */
  readonly verified: Map<string, string>;
  /** Whether Content-MD5 and the checksum headers are about this body. */
  readonly ofBody: boolean;
}

/** One promise about the body: fed with every chunk, then asked. Throws AwsError when it was not kept. */
interface Check {
  update(chunk: Buffer): void;
  end(): void;
}

/**
 * The decoded body; reading it to its end throws AwsError when hash, length, MD5 or a checksum is not as announced. Throws at once
 * (`InvalidArgument`, `InvalidDigest`, `MissingContentLength`) what no body could keep.
 */
export function readPayload(wire: AsyncIterable<Buffer>, promises: PayloadPromises): AsyncIterable<Buffer> {
  const { headers, hash, seedSignature, signChunk } = promises;
  const trailer = new Map<string, string>();
  const checks: Check[] = [];
  let body = wire;
  const signedChunks = SIGNED_CHUNKS.test(hash);
  if (hash === UNSIGNED_CHUNKS || (signedChunks && signChunk)) {
    checks.push(lengthCheck(headers["x-amz-decoded-content-length"]));
    body = decodeAwsChunked(wire, {
      seedSignature,
      onTrailer: (given) => {
        for (const [name, value] of given) trailer.set(name, value);
      },
      ...(signedChunks && signChunk && { sign: signChunk }),
    });
  } else if (/^[0-9a-f]{64}$/.test(hash)) {
    checks.push(hashCheck(hash));
  } else if (hash !== UNSIGNED) {
    throw new AwsError(
      400,
      "InvalidArgument",
      "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.",
      { ArgumentName: "x-amz-content-sha256", ArgumentValue: hash },
    );
  }
  if (promises.ofBody) {
    const md5 = headers["content-md5"];
    if (md5 !== undefined) checks.push(md5Check(String(md5)));
    for (const name of announcedChecksums(headers)) {
      checks.push(checksumCheck(name, (header) => headers[header] ?? trailer.get(header), promises.verified));
    }
  }
  return checks.length === 0 ? body : checked(body, checks);
}

async function* checked(body: AsyncIterable<Buffer>, checks: readonly Check[]): AsyncGenerator<Buffer> {
  for await (const chunk of body) {
    for (const check of checks) check.update(chunk);
    yield chunk;
  }
  for (const check of checks) check.end();
}

function lengthCheck(announced: string | string[] | undefined): Check {
  if (typeof announced !== "string" || !/^\d+$/.test(announced)) {
    throw new AwsError(411, "MissingContentLength", "You must provide the x-amz-decoded-content-length header");
  }
  let length = 0;
  return {
    update(chunk) {
      length += chunk.length;
    },
    end() {
      if (length === Number(announced)) return;
      throw new AwsError(400, "IncompleteBody", `The body has ${length} bytes, not the ${announced} announced`);
    },
  };
}

function hashCheck(expected: string): Check {
  // Made when it is needed: the bodies of most reads are empty, and nobody asks for them.
  let hash: Hash | undefined;
  return {
    update(chunk) {
      hash ??= createHash("sha256");
      hash.update(chunk);
    },
    end() {
      const computed = (hash ?? createHash("sha256")).digest("hex");
      if (computed === expected) return;
      throw new AwsError(
        400,
        "XAmzContentSHA256Mismatch",
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
        { ClientComputedContentSHA256: expected, S3ComputedContentSHA256: computed },
      );
    },
  };
}

function md5Check(expected: string): Check {
  if (Buffer.from(expected, "base64").length !== 16) {
    throw new AwsError(400, "InvalidDigest", "The Content-MD5 you specified was invalid.", { "Content-MD5": expected });
  }
  const hash = createHash("md5");
  return {
    update: (chunk) => void hash.update(chunk),
    end() {
      const computed = hash.digest("base64");
      if (computed === expected) return;
      throw new AwsError(400, "BadDigest", "The Content-MD5 you specified did not match what we received.", {
        ExpectedDigest: expected,
        CalculatedDigest: computed,
      });
    },
  };
}

function checksumCheck(
  name: ChecksumName,
  announced: (header: string) => string | string[] | undefined,
  verified: Map<string, string>,
): Check {
  const header = `x-amz-checksum-${name}`;
  const checksum = createChecksum(name);
  return {
    update: (chunk) => checksum.update(chunk),
    end() {
      const computed = checksum.digest();
      if (announced(header) !== computed) {
        throw new AwsError(
          400,
          "BadDigest",
          `The ${name.toUpperCase()} you specified did not match the calculated checksum.`,
        );
      }
      verified.set(header, computed);
    },
  };
}
