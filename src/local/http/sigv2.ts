/**
 * AWS Signature Version 2 of S3, in its query form alone: the presigned URLs that boto3 and older tools make where they are not told to
 * sign with version 4. Source: "Signing and authenticating REST requests" of S3's documentation.
 */
import { createHmac } from "node:crypto";
import { virtualBucket } from "../s3/address.ts";
import { AwsError } from "../service.ts";
import type { SignedRequest } from "./sigv4.ts";

/** What a presigned URL says of its signature. */
export interface PresignedV2 {
  readonly form: "query-v2";
  readonly accessKeyId: string;
  /** base64 */
  readonly signature: string;
  /** Seconds since the epoch. */
  readonly expires: number;
  readonly sessionToken: string | undefined;
  readonly service: "s3";
  /** Version 2 names no region; this is the one it belongs to. */
  readonly region: "us-east-1";
}

/** The query parameters that are part of the resource that is signed. */
const SUBRESOURCES = new Set([
  ...["accelerate", "acl", "analytics", "cors", "delete", "inventory", "lifecycle", "location", "logging", "metrics"],
  ...["notification", "object-lock", "partNumber", "policy", "replication", "requestPayment", "restore", "select"],
  ...["select-type", "tagging", "torrent", "uploadId", "uploads", "versionId", "versioning", "versions", "website"],
  ...["cache-control", "content-disposition", "content-encoding", "content-language", "content-type", "expires"].map(
    (header) => `response-${header}`,
  ),
]);

const denied = (message: string) => new AwsError(403, "AccessDenied", message);

/** The signature in the query; undefined when there is none. Throws `AccessDenied` for an incomplete one. */
export function readPresignedV2({ query, headers }: SignedRequest): PresignedV2 | undefined {
  const accessKeyId = query.get("AWSAccessKeyId");
  if (accessKeyId === null) return undefined;
  const signature = query.get("Signature");
  const expires = query.get("Expires");
  if (!accessKeyId || !signature || !expires) {
    throw denied("Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters");
  }
  if (!/^\d{1,15}$/.test(expires)) throw denied(`Invalid date (should be seconds since epoch): ${expires}`);
  const token = headers["x-amz-security-token"] ?? query.get("x-amz-security-token") ?? undefined;
  return {
    form: "query-v2",
    accessKeyId,
    signature,
    expires: Number(expires),
    sessionToken: typeof token === "string" ? token : undefined,
    service: "s3",
    region: "us-east-1",
  };
}

/** The signature (base64) that a request must carry. */
export function computeSignatureV2(request: SignedRequest, expires: number, secretAccessKey: string): string {
  const { method, headers } = request;
  const text = [
    method,
    headers["content-md5"] ?? "",
    headers["content-type"] ?? "",
    expires,
    ...amzHeaders(request),
    resource(request),
  ].join("\n");
  return createHmac("sha1", secretAccessKey).update(text).digest("base64");
}

/** `x-amz-*` headers in order; in a URL they are parameters of the same names, in any case: what counts as a header must be signed as one. */
function amzHeaders({ headers, query }: SignedRequest): string[] {
  const values = new Map<string, string>();
  for (const [parameter, value] of query) {
    const name = parameter.toLowerCase();
    if (name.startsWith("x-amz-")) values.set(name, value);
  }
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith("x-amz-")) values.set(name, String(value).trim().replace(/\s+/g, " "));
  }
  return [...values].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name}:${value}`);
}

/** Bucket and key as they were sent, and the sub-resources, whose values are signed decoded. */
function resource({ headers, path, query }: SignedRequest): string {
  const bucket = virtualBucket(headers.host);
  const parameters = [...query]
    .filter(([name]) => SUBRESOURCES.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => (value === "" ? name : `${name}=${value}`));
  return `${bucket === undefined ? "" : `/${bucket}`}${path}${parameters.length > 0 ? `?${parameters.join("&")}` : ""}`;
}
