/** The SDK's errors in the user's terms: AWS's code and message, and what to do about it. */
import { EXIT, messageOf, ScarError, type ScarErrorOptions } from "../../errors.ts";
import { LinkError, linkError } from "../../registry/link-error.ts";
import type { AwsSession } from "./session.ts";

/** A call that AWS refused or that never got an answer. `code` is AWS's own where AWS gave one. */
export class AwsError extends ScarError {
  /** HTTP status of the answer; undefined when there was none. */
  readonly status: number | undefined;
  /** `lambda:CreateFunction`, as IAM policies spell it. */
  readonly action: string;

  constructor(code: string, message: string, action: string, options: ScarErrorOptions & { readonly status?: number }) {
    super(code, message, options);
    this.name = "AwsError";
    this.action = action;
    this.status = options.status;
  }
}

/** Whether AWS answered with one of these codes. */
export function isAwsError(error: unknown, ...codes: readonly string[]): error is AwsError {
  return error instanceof AwsError && codes.includes(error.code);
}

/** Whether the same call may succeed later: AWS was busy, or something in it failed. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof AwsError)) return false;
  const status = error.status ?? 0;
  return (
    THROTTLED.has(error.code) ||
    error.code === "ThrottledException" ||
    status === 429 ||
    (status >= 500 && status !== 501)
  );
}

/** Whether the identity may not do that. */
export function isDenied(error: unknown): boolean {
  return error instanceof AwsError && (DENIED.has(error.code) || error.status === 403);
}

/** Ctrl-C or SIGTERM. */
export function interrupted(): ScarError {
  return new ScarError("Interrupted", "interrupted", { exitCode: EXIT.interrupted });
}

/** SCAR's words for a function that is not there (behaviour.md, section 6). */
export function functionNotFound(name: string, cause?: unknown): ScarError {
  return new ScarError("FunctionNotFound", `Unable to find the function '${name}'`, {
    hint: "'scar ls' lists your functions of this region",
    cause,
  });
}

export interface CallSite {
  readonly service: string;
  readonly operation: string;
  readonly session: AwsSession;
}

interface SdkError {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly errors?: readonly SdkError[];
}

const UNREACHABLE = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EPIPE",
  "ETIMEDOUT",
  "TimeoutError",
]);
const DENIED = new Set(["AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"]);
const BAD_CREDENTIALS = new Set([
  "ExpiredToken",
  "ExpiredTokenException",
  "InvalidAccessKeyId",
  "InvalidClientTokenId",
  "InvalidSignatureException",
  "SignatureDoesNotMatch",
  "UnrecognizedClientException",
]);
const THROTTLED = new Set(["SlowDown", "Throttling", "ThrottlingException", "TooManyRequestsException"]);

/** What a failed SDK call means. Errors that are translated already are returned as they are. */
export function toAwsError(error: unknown, site: CallSite): ScarError {
  if (error instanceof ScarError) return error;
  const sdk: SdkError = typeof error === "object" && error !== null ? error : {};
  const name = sdk.name ?? "Error";
  const action = `${site.service}:${site.operation}`;
  if (name === "AbortError") return interrupted();
  if (name === "CredentialsProviderError" || name === "TokenProviderError") {
    return new AwsError("MissingCredentials", missingCredentials(site.session, messageOf(error)), action, {
      hint: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, run 'aws configure' or 'aws sso login', or name a profile with -pf; --local needs none",
      cause: error,
    });
  }
  if (error instanceof LinkError && error.trouble === "proxy") {
    return new AwsError("ProxyFailed", `${error.message} (for ${action})`, action, {
      hint: "check HTTPS_PROXY; what needs no proxy is named in NO_PROXY",
      cause: error,
    });
  }
  const link = sdk.code === undefined ? undefined : linkError(error);
  if (link?.trouble === "certificate") return untrusted(link.message, action, site.session, error);
  const network = networkCode(sdk);
  if (network !== undefined) return unreachable(network, action, site.session, error);
  const status = sdk.$metadata?.httpStatusCode;
  const code = status !== undefined && /^(UnknownError|Error|\d+)$/.test(name) ? `Http${status}` : name;
  const message =
    sdk.message && sdk.message !== "UnknownError" ? sdk.message : `${action} failed (HTTP status ${status})`;
  const hint = hintFor(code, status, action, site.session);
  return new AwsError(code, message, action, {
    cause: error,
    ...(hint === undefined ? {} : { hint }),
    ...(status === undefined ? {} : { status }),
  });
}

function missingCredentials(session: AwsSession, detail: string): string {
  const where = session.profile === undefined ? "" : ` for profile '${session.profile}'`;
  return `no AWS credentials found${where}: ${detail}`;
}

function networkCode(error: SdkError): string | undefined {
  const found = [error, ...(error.errors ?? [])].flatMap((e) => [e.code, e.name]);
  return found.find((code) => code !== undefined && UNREACHABLE.has(code));
}

function untrusted(why: string, action: string, session: AwsSession, cause: unknown): AwsError {
  return new AwsError("CertificateNotTrusted", `cannot trust ${whereOf(session)} for ${action}: ${why}`, action, {
    hint: "if that is an authority of your network's (proxies that look into connections have one), name the file of its certificate (PEM) in NODE_EXTRA_CA_CERTS",
    cause,
  });
}

const whereOf = ({ endpoint, region }: AwsSession): string => endpoint ?? `AWS in region '${region}'`;

function unreachable(code: string, action: string, session: AwsSession, cause: unknown): AwsError {
  const hint =
    session.endpoint === undefined
      ? "check the network and the name of the region"
      : "check the endpoint; is the local AWS running? 'scar local start' starts it";
  return new AwsError("EndpointUnreachable", `cannot reach ${whereOf(session)} for ${action} (${code})`, action, {
    hint,
    cause,
  });
}

function hintFor(code: string, status: number | undefined, action: string, session: AwsSession): string | undefined {
  if (BAD_CREDENTIALS.has(code)) {
    return "the credentials are wrong or have expired: renew them, or name another profile with -pf";
  }
  if (THROTTLED.has(code)) return "AWS limits the rate of calls: wait a moment and run the command again";
  // 501 is the local AWS's: what it does not serve.
  if (status !== undefined && status >= 500 && status !== 501) {
    return action === "lambda:Invoke"
      ? "AWS failed, and does not say whether the function ran: look at its log before you run it again"
      : "AWS failed: run the command again later";
  }
  if (DENIED.has(code) || status === 403) return `your identity needs the permission ${action}`;
  if (code === "PermanentRedirect" || code === "AuthorizationHeaderMalformed") {
    return `the bucket is not in region '${session.region}'`;
  }
  return undefined;
}
