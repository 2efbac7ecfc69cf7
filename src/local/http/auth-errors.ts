/** Why a request is refused before a service sees it, and how each protocol calls that. */
import { AwsError, type ErrorStyle } from "../service.ts";

export type AuthFailure =
  | "missing"
  | "malformed"
  | "malformedQuery"
  | "old"
  | "unknownKey"
  | "badSignature"
  | "skewed"
  | "badToken"
  | "expiredToken"
  | "expired";

const json: Record<AuthFailure, string> = {
  missing: "MissingAuthenticationTokenException",
  malformed: "IncompleteSignatureException",
  malformedQuery: "IncompleteSignatureException",
  old: "IncompleteSignatureException",
  unknownKey: "UnrecognizedClientException",
  badSignature: "InvalidSignatureException",
  skewed: "InvalidSignatureException",
  badToken: "UnrecognizedClientException",
  expiredToken: "ExpiredTokenException",
  expired: "InvalidSignatureException",
};

const CODES: Record<ErrorStyle, Record<AuthFailure, string>> = {
  "s3-xml": {
    missing: "AccessDenied",
    malformed: "AuthorizationHeaderMalformed",
    malformedQuery: "AuthorizationQueryParametersError",
    old: "InvalidRequest",
    unknownKey: "InvalidAccessKeyId",
    badSignature: "SignatureDoesNotMatch",
    skewed: "RequestTimeTooSkewed",
    badToken: "InvalidToken",
    expiredToken: "ExpiredToken",
    expired: "AccessDenied",
  },
  "query-xml": {
    missing: "MissingAuthenticationToken",
    malformed: "IncompleteSignature",
    malformedQuery: "IncompleteSignature",
    old: "IncompleteSignature",
    unknownKey: "InvalidClientTokenId",
    badSignature: "SignatureDoesNotMatch",
    skewed: "SignatureDoesNotMatch",
    badToken: "InvalidClientTokenId",
    expiredToken: "ExpiredToken",
    expired: "SignatureDoesNotMatch",
  },
  "ec2-xml": {
    missing: "MissingAuthenticationToken",
    malformed: "IncompleteSignature",
    malformedQuery: "IncompleteSignature",
    old: "IncompleteSignature",
    unknownKey: "AuthFailure",
    badSignature: "AuthFailure",
    skewed: "RequestExpired",
    badToken: "AuthFailure",
    expiredToken: "RequestExpired",
    expired: "RequestExpired",
  },
  "json-1.1": json,
  "rest-json": json,
  "apigateway-json": json,
};

const MESSAGES: Record<AuthFailure, string> = {
  missing: "The request is not signed: use the keys that `scar local env` prints",
  malformed: "The signature's parts are incomplete or wrong",
  malformedQuery: "The signature's parameters in the query are incomplete or wrong",
  old: "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
  unknownKey: "The access key is not the one of this local AWS: use the keys that `scar local env` prints",
  badSignature: "The request signature we calculated does not match the signature you provided",
  skewed: "The difference between the request time and the current time is too large",
  badToken: "The provided token is malformed or otherwise invalid",
  expiredToken: "The security token included in the request is expired",
  expired: "Request has expired",
};

export function authError(failure: AuthFailure, style: ErrorStyle, detail?: string): AwsError {
  const bad = failure.startsWith("malformed") || failure === "old" || failure.endsWith("Token");
  const code = CODES[style][failure];
  const status = style === "json-1.1" || (style === "s3-xml" && bad) ? 400 : code === "AuthFailure" ? 401 : 403;
  return new AwsError(status, code, detail ? `${MESSAGES[failure]}: ${detail}` : MESSAGES[failure]);
}
