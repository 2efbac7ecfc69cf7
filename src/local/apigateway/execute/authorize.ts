/** Methods with AWS_IAM: the caller's signature for the service `execute-api`, and who signed. */
import { beginAuthentication } from "../../http/authenticate.ts";
import type { Credentials } from "../../http/credentials.ts";
import { readSignature, sha256Hex } from "../../http/sigv4.ts";
import { AwsError, type Identity, type OpenRequest } from "../../service.ts";
import { missingToken, Refusal } from "./refusal.ts";

export interface Caller {
  readonly identity: Identity;
  readonly accessKey: string;
}

/** AWS's words, by the code. */
const MESSAGES: Readonly<Record<string, string>> = {
  UnrecognizedClientException: "The security token included in the request is invalid.",
  ExpiredTokenException: "The security token included in the request is expired",
  InvalidSignatureException:
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
};

/** Throws a refusal (403) for a request that is not signed, or not rightly. */
export function authorize(request: OpenRequest, body: Buffer, credentials: Credentials): Caller {
  const signature = readSignature(request);
  if (signature === undefined) throw missingToken();
  if (typeof signature !== "object" || signature.form === "query-v2") throw unreadable(request);
  if (signature.service !== "execute-api") {
    throw refused("InvalidSignatureException", "Credential should be scoped to correct service: 'execute-api'.");
  }
  try {
    const check = beginAuthentication(request, signature, credentials, "apigateway-json");
    return { identity: check(sha256Hex(body)).identity, accessKey: signature.accessKeyId };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw refused(
      error.code,
      /time|expired/i.test(error.message) ? error.message : (MESSAGES[error.code] ?? error.message),
    );
  }
}

/** A path or verb that is not there is answered as one that needs a signature which the caller has not. */
export function nothingThere(request: OpenRequest): Refusal {
  const { authorization } = request.headers;
  return authorization === undefined || authorization.startsWith("AWS4-") ? missingToken() : unreadable(request);
}

function unreadable({ headers: { authorization = "" } }: OpenRequest): Refusal {
  return refused(
    "IncompleteSignatureException",
    authorization === "" || authorization.startsWith("AWS4-")
      ? "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' parameters, and a date by 'X-Amz-Date' or 'Date'."
      : `'${authorization}' not a valid key=value pair (missing equal-sign) in Authorization header: '${authorization}'.`,
  );
}

const refused = (code: string, message: string): Refusal => new Refusal(403, code, message);
