/** AWS Signature Version 4: reading a request's signature and computing what it should be. */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { type PresignedV2, readPresignedV2 } from "./sigv2.ts";

/** The signature of a request, from its Authorization header or its query. */
export interface Signature {
  readonly form: "header" | "query";
  readonly accessKeyId: string;
  /** `20261121/us-east-1/s3/aws4_request` */
  readonly scope: string;
  readonly region: string;
  readonly service: string;
  /** Lower case, in order. */
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** `20261121T113000Z` */
  readonly date: string;
  readonly sessionToken: string | undefined;
  /** Seconds for which a presigned URL holds. */
  readonly expires: number | undefined;
}

export interface SignedRequest {
  readonly method: string;
  /** As sent, percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
}

export const sha256Hex = (data: string | Uint8Array): string => createHash("sha256").update(data).digest("hex");

const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

/** RFC 3986: only `A-Z a-z 0-9 - . _ ~` stand for themselves. */
export function uriEncode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The signature in a request; undefined when it has none, `malformed…` when it cannot be read, `old` for a header of version 2. */
export function readSignature(
  request: SignedRequest,
): Signature | PresignedV2 | undefined | "malformed" | "malformedQuery" | "old" {
  const { headers, query } = request;
  const header = headers.authorization;
  if (header?.startsWith("AWS ")) return "old";
  if (header !== undefined) {
    const match = /^AWS4-HMAC-SHA256\s+(.*)$/s.exec(header);
    if (!match) return "malformed";
    const parts = new Map(
      match[1]!.split(",").map((part) => {
        const at = part.indexOf("=");
        return [part.slice(0, at).trim(), part.slice(at + 1).trim()];
      }),
    );
    const date = headers["x-amz-date"] ?? isoBasic(headers.date);
    return signature("header", parts.get("Credential"), parts.get("SignedHeaders"), parts.get("Signature"), date, {
      sessionToken: headers["x-amz-security-token"],
    });
  }
  if (!query.has("X-Amz-Algorithm") && !query.has("X-Amz-Signature")) return readPresignedV2(request);
  const expires = Number(query.get("X-Amz-Expires"));
  if (query.get("X-Amz-Algorithm") !== "AWS4-HMAC-SHA256" || !(expires >= 1 && expires <= 604_800)) {
    return "malformedQuery";
  }
  const read = signature(
    "query",
    query.get("X-Amz-Credential"),
    query.get("X-Amz-SignedHeaders"),
    query.get("X-Amz-Signature"),
    query.get("X-Amz-Date"),
    { sessionToken: query.get("X-Amz-Security-Token") ?? undefined, expires },
  );
  return read === "malformed" ? "malformedQuery" : read;
}

function signature(
  form: Signature["form"],
  credential: string | null | undefined,
  signedHeaders: string | null | undefined,
  value: string | null | undefined,
  date: string | string[] | null | undefined,
  rest: { sessionToken?: string | string[] | undefined; expires?: number },
): Signature | "malformed" {
  const scoped = /^([^/]+)\/((\d{8})\/([\w-]+)\/([\w-]+)\/aws4_request)$/.exec(credential ?? "");
  if (!scoped || !signedHeaders || !value || typeof date !== "string" || !/^\d{8}T\d{6}Z$/.test(date))
    return "malformed";
  if (scoped[3] !== date.slice(0, 8)) return "malformed";
  const names = signedHeaders.split(";");
  if (!names.includes("host")) return "malformed";
  return {
    form,
    accessKeyId: scoped[1]!,
    scope: scoped[2]!,
    region: scoped[4]!,
    service: scoped[5]!,
    signedHeaders: names,
    signature: value,
    date,
    sessionToken: typeof rest.sessionToken === "string" ? rest.sessionToken : undefined,
    expires: rest.expires,
  };
}

function isoBasic(date: string | undefined): string | undefined {
  const time = Date.parse(date ?? "");
  return Number.isNaN(time) ? undefined : `${new Date(time).toISOString().replace(/[-:]|\.\d+/g, "")}`;
}

/** Milliseconds since the epoch of `20261121T113000Z`. */
export function timeOf(date: string): number {
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? [];
  return Date.UTC(Number(y), Number(mo) - 1, Number(d), Number(h), Number(mi), Number(s));
}

/** Nothing in it is encoded. */
const PLAIN_PATH = /^\/[\w.~/-]*$/;

/** S3 signs the path as it is; every other service signs it encoded once more. */
function canonicalPath(path: string, service: string): string {
  if (PLAIN_PATH.test(path)) return path;
  if (service !== "s3") return path.split("/").map(uriEncode).join("/") || "/";
  try {
    return path
      .split("/")
      .map((segment) => uriEncode(decodeURIComponent(segment)))
      .join("/");
  } catch {
    return path;
  }
}

function canonicalQuery(query: URLSearchParams): string {
  if (query.size === 0) return "";
  return [...query]
    .filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]) => [uriEncode(name), uriEncode(value)] as const)
    .sort(([a, x], [b, y]) => (a === b ? (x < y ? -1 : 1) : a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

function canonicalHeader(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name];
  const text = Array.isArray(value) ? value.join(",") : (value ?? "");
  return `${name}:${text.trim().replace(/ +/g, " ")}\n`;
}

export function signingKey(secretAccessKey: string, scope: string): Buffer {
  return scope.split("/").reduce<string | Buffer>((key, part) => hmac(key, part), `AWS4${secretAccessKey}`) as Buffer;
}

/** The signature (hex) that a request must carry. */
export function computeSignature(
  request: SignedRequest,
  given: Pick<Signature, "signedHeaders" | "scope" | "service" | "date">,
  payloadHash: string,
  key: Buffer,
): string {
  const canonical = [
    request.method,
    canonicalPath(request.path, given.service),
    canonicalQuery(request.query),
    given.signedHeaders.map((name) => canonicalHeader(request.headers, name)).join(""),
    given.signedHeaders.join(";"),
    payloadHash,
  ].join("\n");
  return hmac(key, ["AWS4-HMAC-SHA256", given.date, given.scope, sha256Hex(canonical)].join("\n")).toString("hex");
}

/** The signature of one chunk (or of the trailer) of a `STREAMING-AWS4-HMAC-SHA256-PAYLOAD` body. */
export function chunkSignature(
  kind: "PAYLOAD" | "TRAILER",
  given: Pick<Signature, "scope" | "date">,
  key: Buffer,
  previous: string,
  hash: string,
): string {
  const parts = [`AWS4-HMAC-SHA256-${kind}`, given.date, given.scope, previous];
  if (kind === "PAYLOAD") parts.push(sha256Hex(""));
  return hmac(key, [...parts, hash].join("\n")).toString("hex");
}

/** Compares without telling, by its time, where two signatures differ. */
export function sameSignature(a: string, b: string): boolean {
  const x = Buffer.from(a);
  const y = Buffer.from(b);
  return x.length === y.length && timingSafeEqual(x, y);
}
