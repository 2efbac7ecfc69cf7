/** Checks a request's signature and says who sent it. */
import { AwsError, type ErrorStyle, type Identity } from "../service.ts";
import { authError } from "./auth-errors.ts";
import type { Credentials } from "./credentials.ts";
import type { SignChunk } from "./payload.ts";
import { computeSignatureV2, type PresignedV2 } from "./sigv2.ts";
import {
  chunkSignature,
  computeSignature,
  type Signature,
  type SignedRequest,
  sameSignature,
  signingKey,
  timeOf,
} from "./sigv4.ts";

const MAX_SKEW_MS = 15 * 60_000;

export interface Authenticated {
  readonly identity: Identity;
  /** Undefined for version 2. */
  readonly signChunk: SignChunk | undefined;
}

/**
 * Checks all that needs no body: the key, the time, which headers are signed. The function returned then checks the signature, by
 * the payload's hash as it stands in the canonical request. Both throw AwsError.
 */
export function beginAuthentication(
  request: SignedRequest,
  signature: Signature | PresignedV2,
  credentials: Credentials,
  style: ErrorStyle,
  now = Date.now(),
): (payloadHash: string) => Authenticated {
  const found = credentials.find(signature.accessKeyId, signature.sessionToken);
  if (typeof found === "string") throw authError(found, style);
  const { identity, secretAccessKey } = found;
  if (signature.form === "query-v2") {
    if (now > signature.expires * 1000) throw expired(signature.expires * 1000, now, style);
    return () => {
      if (!sameSignature(signature.signature, computeSignatureV2(request, signature.expires, secretAccessKey))) {
        throw authError("badSignature", style);
      }
      return { identity, signChunk: undefined };
    };
  }
  checkTime(signature, now, style);
  const unsigned = unsignedHeader(request, signature);
  if (unsigned !== undefined) throw authError("badSignature", style, `the header ${unsigned} is not signed`);
  return (payloadHash) => {
    const key = cachedSigningKey(secretAccessKey, signature.scope);
    if (!sameSignature(signature.signature, computeSignature(request, signature, payloadHash, key))) {
      throw authError("badSignature", style);
    }
    return {
      identity,
      signChunk: (kind, previous, hash) => chunkSignature(kind, signature, key, previous, hash),
    };
  };
}

function checkTime(signature: Signature, now: number, style: ErrorStyle): void {
  const signed = timeOf(signature.date);
  const age = now - signed;
  if (signature.expires === undefined ? Math.abs(age) > MAX_SKEW_MS : age < -MAX_SKEW_MS) {
    throw authError("skewed", style);
  }
  const end = signature.expires === undefined ? undefined : signed + signature.expires * 1000;
  if (end !== undefined && now > end) throw expired(end, now, style);
}

/** S3 tells when a URL ended. */
function expired(end: number, now: number, style: ErrorStyle): AwsError {
  const { status, code, message } = authError("expired", style);
  const iso = (time: number) => new Date(time).toISOString().replace(/\.\d+/, "");
  return new AwsError(status, code, message, style === "s3-xml" ? { Expires: iso(end), ServerTime: iso(now) } : {});
}

/** Four HMACs a day and service, not a request. */
const signingKeys = new Map<string, Buffer>();
const MAX_SIGNING_KEYS = 256;

function cachedSigningKey(secretAccessKey: string, scope: string): Buffer {
  const name = `${secretAccessKey}/${scope}`;
  let key = signingKeys.get(name);
  if (!key) {
    if (signingKeys.size >= MAX_SIGNING_KEYS) signingKeys.clear();
    key = signingKey(secretAccessKey, scope);
    signingKeys.set(name, key);
  }
  return key;
}

/** S3 insists that every x-amz-* header is signed. */
function unsignedHeader(request: SignedRequest, signature: Signature): string | undefined {
  if (signature.service !== "s3") return undefined;
  return Object.keys(request.headers).find(
    (name) => name.startsWith("x-amz-") && name !== "x-amz-content-sha256" && !signature.signedHeaders.includes(name),
  );
}
