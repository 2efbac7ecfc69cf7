/** A request to two S3 servers alike, and short ways to write one. */
import { createHash } from "node:crypto";

export interface S3Request {
  /** Unique; says what is asked. */
  readonly name: string;
  readonly method: string;
  /** As it is sent, with the query; `{variable}` stands for what an earlier answer gave. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** `{variable}` as in the path. */
  readonly body?: string | Buffer;
  /** Value of `x-amz-content-sha256`; default: the body's hash. */
  readonly payloadHash?: string;
  /** Names that values of the answer get: by an element of its document, or `etag`. */
  readonly keep?: Readonly<Record<string, string>>;
}

export const BUCKET = "/parity";
export const md5 = (text: string | Buffer): string => createHash("md5").update(text).digest("base64");
export const path = (key: string): string => `${BUCKET}/${key.split("/").map(encodeURIComponent).join("/")}`;

export type Request = Omit<S3Request, "name" | "method" | "path">;
export const get = (name: string, key: string, more: Request = {}): S3Request => ({
  name,
  method: "GET",
  path: path(key),
  ...more,
});
export const head = (name: string, key: string, more: Request = {}): S3Request => ({
  name,
  method: "HEAD",
  path: path(key),
  ...more,
});
export const put = (name: string, key: string, body: string | Buffer, more: Request = {}): S3Request => ({
  name,
  method: "PUT",
  path: path(key),
  body,
  ...more,
});
export const onBucket = (name: string, method: string, query: string, more: Request = {}): S3Request => ({
  name,
  method,
  path: `${BUCKET}${query && `?${query}`}`,
  ...more,
});
export const withHeaders = (headers: Readonly<Record<string, string>>): Request => ({ headers });

export const PAST = "Sat, 01 Jan 2000 00:00:00 GMT";
