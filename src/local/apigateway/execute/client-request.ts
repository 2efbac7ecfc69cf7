/** A client's request as functions are told of it: headers in the client's own spelling, each with one value and with all. */
import { randomBytes, randomUUID } from "node:crypto";
import { traceId } from "../../lambda/invoke/queue.ts";
import type { OpenRequest } from "../../service.ts";
import { headersTooLarge } from "./refusal.ts";

/** Bytes of the request line and all headers, AWS's limit. */
const MAX_HEAD = 10_240;

/** These are the connection's, not the caller's. */
const DROPPED = new Set(
  "connection content-length content-md5 expect keep-alive max-forwards proxy-authenticate server te transfer-encoding trailer upgrade www-authenticate".split(
    " ",
  ),
);

/** Of several values the last; and all. */
export interface Values {
  readonly single: Readonly<Record<string, string>>;
  readonly multi: Readonly<Record<string, readonly string[]>>;
}

/** Throws a refusal for more than AWS takes. */
export function checkHead({ method, path, search, rawHeaders }: OpenRequest): void {
  const line = `${method} ${path}${search} HTTP/1.1`.length;
  const size = rawHeaders.reduce((sum, text) => sum + text.length, line);
  if (size > MAX_HEAD) throw headersTooLarge(MAX_HEAD);
}

export interface Tracing {
  /** `Root=1-…`, the caller's own when it sent one. */
  readonly traceId: string;
  /** `X-Amz-Apigw-Id` */
  readonly extendedRequestId: string;
  /** Of the invocation of the function. */
  readonly lambdaRequestId: string;
}

export function newTracing({ headers }: Pick<OpenRequest, "headers">): Tracing {
  const sent = headers["x-amzn-trace-id"];
  return {
    traceId: typeof sent === "string" && /^Root=1-[\da-f]{8}-[\da-f]{24}/.test(sent) ? sent : traceId(),
    extendedRequestId: `${randomBytes(11).toString("base64url")}=`,
    lambdaRequestId: randomUUID(),
  };
}

/** The caller's headers, and those that API Gateway adds. */
export function headerValues({ rawHeaders, headers, remoteAddress }: OpenRequest, tracing: Tracing): Values {
  const pairs: [string, string][] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) pairs.push([rawHeaders[at]!, rawHeaders[at + 1]!]);
  const own = new Set(["x-amzn-trace-id", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"]);
  const kept = pairs.filter(([name]) => {
    const lower = name.toLowerCase();
    return !DROPPED.has(lower) && !own.has(lower) && !(lower === "authorization" && isSignature(headers.authorization));
  });
  const forwarded = headers["x-forwarded-for"];
  return valuesOf(
    [
      ...kept,
      ["X-Amzn-Trace-Id", tracing.traceId.split(";")[0]!],
      ["X-Forwarded-For", forwarded === undefined ? remoteAddress : `${String(forwarded)}, ${remoteAddress}`],
      ["X-Forwarded-Port", /:(\d+)$/.exec(headers.host ?? "")?.[1] ?? "80"],
      ["X-Forwarded-Proto", "http"],
    ],
    (name) => name.toLowerCase(),
  );
}

export const queryValues = ({ query }: Pick<OpenRequest, "query">): Values => valuesOf(query, (name) => name);

/** @param keyOf names with the same key are one; the first one's spelling stays. */
function valuesOf(pairs: Iterable<readonly [string, string]>, keyOf: (name: string) => string): Values {
  const all = new Map<string, { readonly name: string; readonly values: string[] }>();
  for (const [name, value] of pairs) {
    const key = keyOf(name);
    const known = all.get(key);
    if (known) known.values.push(value);
    else all.set(key, { name, values: [value] });
  }
  const entries = [...all.values()];
  return {
    single: Object.fromEntries(entries.map(({ name, values }) => [name, values.at(-1)!])),
    multi: Object.fromEntries(entries.map(({ name, values }) => [name, values])),
  };
}

/** The values, or null when there are none, as AWS writes it. */
export const orNull = <T extends object>(values: T): T | null => (Object.keys(values).length > 0 ? values : null);

/** A signature of AWS's is for API Gateway and not handed on. */
const isSignature = (authorization: string | undefined): boolean => authorization?.startsWith("AWS4-") ?? false;
