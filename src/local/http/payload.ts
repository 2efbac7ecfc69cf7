/** From the bytes on the wire to the body a service reads: decoding, and every promise the client made about it, checked. */
import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { AwsError } from "../service.ts";
import { decodeAwsChunked } from "./aws-chunked.ts";
import { type ChecksumName, checksumOfHeader, createChecksum } from "./checksums.ts";
import { chunkSignature, type Signature } from "./sigv4.ts";

const SIGNED_CHUNKS = /^STREAMING-AWS4-HMAC-SHA256-PAYLOAD(-TRAILER)?$/;

/** `x-amz-content-sha256` values that announce an aws-chunked body. */
export const isStreaming = (hash: string | undefined): boolean =>
  hash === "STREAMING-UNSIGNED-PAYLOAD-TRAILER" || SIGNED_CHUNKS.test(hash ?? "");

export interface PayloadPromises {
  readonly headers: IncomingHttpHeaders;
  /** `x-amz-content-sha256`: a hash, `UNSIGNED-PAYLOAD` or one of the `STREAMING-…` words. */
  readonly hash: string;
  readonly signature: Signature;
  readonly signingKey: Buffer;
  /** Filled with the verified checksums (`x-amz-checksum-…` → base64) when the body was read to its end. */
  readonly verified: Map<string, string>;
  /** Whether the checksum headers are about this body. */
  readonly ofBody: boolean;
}

/** The decoded body; reading it to its end throws AwsError when hash, length or a checksum is not as announced. */
export function readPayload(wire: AsyncIterable<Buffer>, promises: PayloadPromises): AsyncIterable<Buffer> {
  const { headers, hash, signature, signingKey } = promises;
  const trailer = new Map<string, string>();
  let body = wire;
  if (isStreaming(hash)) {
    const signed = SIGNED_CHUNKS.test(hash);
    body = decodeAwsChunked(wire, {
      seedSignature: signature.signature,
      onTrailer: (given) => {
        for (const [name, value] of given) trailer.set(name, value);
      },
      ...(signed && {
        sign: (kind, previous, digest) => chunkSignature(kind, signature, signingKey, previous, digest),
      }),
    });
    body = checkLength(body, headers["x-amz-decoded-content-length"]);
  } else if (hash !== "UNSIGNED-PAYLOAD") {
    body = checkHash(body, hash);
  }
  return promises.ofBody ? checkChecksums(body, headers, trailer, promises.verified) : body;
}

async function* checkLength(body: AsyncIterable<Buffer>, announced: string | string[] | undefined) {
  if (typeof announced !== "string" || !/^\d+$/.test(announced)) {
    throw new AwsError(411, "MissingContentLength", "You must provide the x-amz-decoded-content-length header");
  }
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    yield chunk;
  }
  if (length !== Number(announced)) {
    throw new AwsError(400, "IncompleteBody", `The body has ${length} bytes, not the ${announced} announced`);
  }
}

async function* checkHash(body: AsyncIterable<Buffer>, expected: string) {
  const hash = createHash("sha256");
  for await (const chunk of body) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest("hex") !== expected) {
    throw new AwsError(
      400,
      "XAmzContentSHA256Mismatch",
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
  }
}

/** Checksums announced in headers, or by name in `x-amz-trailer` with the value following the body. */
function announcedChecksums(headers: IncomingHttpHeaders): ChecksumName[] {
  const trailer = String(headers["x-amz-trailer"] ?? "");
  const names = [...Object.keys(headers), ...trailer.split(",").map((name) => name.trim().toLowerCase())];
  return [...new Set(names.map(checksumOfHeader).filter((name) => name !== undefined))];
}

async function* checkChecksums(
  body: AsyncIterable<Buffer>,
  headers: IncomingHttpHeaders,
  trailer: ReadonlyMap<string, string>,
  verified: Map<string, string>,
): AsyncGenerator<Buffer> {
  const checksums = announcedChecksums(headers).map((name) => ({ name, checksum: createChecksum(name) }));
  const md5 = headers["content-md5"] === undefined ? undefined : createHash("md5");
  for await (const chunk of body) {
    md5?.update(chunk);
    for (const { checksum } of checksums) checksum.update(chunk);
    yield chunk;
  }
  if (md5 && md5.digest("base64") !== headers["content-md5"]) {
    throw new AwsError(400, "BadDigest", "The Content-MD5 you specified did not match what we received.");
  }
  for (const { name, checksum } of checksums) {
    const header = `x-amz-checksum-${name}`;
    const announced = headers[header] ?? trailer.get(header);
    const computed = checksum.digest();
    if (announced !== computed) {
      throw new AwsError(
        400,
        "BadDigest",
        `The ${name.toUpperCase()} you specified did not match the calculated checksum.`,
      );
    }
    verified.set(header, computed);
  }
}
