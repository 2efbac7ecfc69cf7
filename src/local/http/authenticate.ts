/** Checks a request's signature and says who sent it. */
import type { ErrorStyle, Identity } from "../service.ts";
import { authError } from "./auth-errors.ts";
import type { Credentials } from "./credentials.ts";
import { computeSignature, type Signature, type SignedRequest, sameSignature, signingKey, timeOf } from "./sigv4.ts";

const MAX_SKEW_MS = 15 * 60_000;

export interface Authenticated {
  readonly identity: Identity;
  readonly signingKey: Buffer;
}

/**
 * Checks all that needs no body: the key, the time, which headers are signed. The function returned then checks the signature, by
 * the payload's hash as it stands in the canonical request. Both throw AwsError.
 */
export function beginAuthentication(
  request: SignedRequest,
  signature: Signature,
  credentials: Credentials,
  style: ErrorStyle,
  now = Date.now(),
): (payloadHash: string) => Authenticated {
  const found = credentials.find(signature.accessKeyId, signature.sessionToken);
  if (typeof found === "string") throw authError(found, style);
  const age = now - timeOf(signature.date);
  if (signature.expires === undefined ? Math.abs(age) > MAX_SKEW_MS : age < -MAX_SKEW_MS) {
    throw authError("skewed", style);
  }
  if (signature.expires !== undefined && age > signature.expires * 1000) throw authError("expired", style);
  const unsigned = unsignedHeader(request, signature);
  if (unsigned !== undefined) throw authError("badSignature", style, `the header ${unsigned} is not signed`);
  return (payloadHash) => {
    const key = signingKey(found.secretAccessKey, signature.scope);
    if (!sameSignature(signature.signature, computeSignature(request, signature, payloadHash, key))) {
      throw authError("badSignature", style);
    }
    return { identity: found.identity, signingKey: key };
  };
}

/** S3 insists that every x-amz-* header is signed. */
function unsignedHeader(request: SignedRequest, signature: Signature): string | undefined {
  if (signature.service !== "s3") return undefined;
  return Object.keys(request.headers).find(
    (name) => name.startsWith("x-amz-") && name !== "x-amz-content-sha256" && !signature.signedHeaders.includes(name),
  );
}
