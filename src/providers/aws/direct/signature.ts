/** AWS Signature Version 4 of S3's requests (AWS: "Signature calculations for the Authorization header"). */
import * as crypto from "node:crypto";
import { createHash, createHmac } from "node:crypto";
import type { Credentials } from "../s3-access.ts";

export type Method = "GET" | "HEAD" | "PUT" | "POST";

export interface Signable {
  readonly method: Method;
  readonly host: string;
  /** As it is sent. */
  readonly path: string;
  /** In the order of its names; empty: none. */
  readonly query: string;
  readonly region: string;
  /** Further headers whose names begin with `x-amz-`, all of which S3 wants signed: up to `x-amz-co` in the order of the alphabet. */
  readonly headers?: Readonly<Record<string, string>>;
  /** SHA-256 of the body, hex. */
  readonly hash: string;
  readonly time: Date;
}

/** Node 20.12 brought the short way, which makes no object. */
export const sha256: (data: string | Uint8Array) => string =
  "hash" in crypto ? (data) => crypto.hash("sha256", data) : (data) => createHash("sha256").update(data).digest("hex");

/** Of a request without a body. */
export const NOTHING = sha256("");

const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

/** The key of a day costs as much as all the rest. */
let known: { readonly of: string; readonly key: Buffer } | undefined;

function signingKey(secret: string, day: string, region: string): Buffer {
  const of = `${day}/${region}/${secret}`;
  if (known?.of !== of) {
    const key = [day, region, "s3", "aws4_request"].reduce<string | Buffer>(hmac, `AWS4${secret}`) as Buffer;
    known = { of, key };
  }
  return known.key;
}

/** The headers that the request needs beside those of its content. */
export function signedHeaders(request: Signable, credentials: Credentials): Record<string, string> {
  const { method, host, path, query, region, hash, time } = request;
  const date = basicDate(time);
  const scope = `${date.slice(0, 8)}/${region}/s3/aws4_request`;
  const token = credentials.sessionToken;
  // In the order of their names, as the signature wants them.
  const headers: Record<string, string> = {
    host,
    ...request.headers,
    "x-amz-content-sha256": hash,
    "x-amz-date": date,
  };
  if (token !== undefined) headers["x-amz-security-token"] = token;
  let names = "";
  let lines = "";
  for (const name in headers) {
    names += names === "" ? name : `;${name}`;
    lines += `${name}:${headers[name]}\n`;
  }
  const canonical = `${method}\n${path}\n${query}\n${lines}\n${names}\n${hash}`;
  const text = `AWS4-HMAC-SHA256\n${date}\n${scope}\n${sha256(canonical)}`;
  const signature = hmac(signingKey(credentials.secretAccessKey, date.slice(0, 8), region), text).toString("hex");
  headers["authorization"] =
    `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return headers;
}

let second = Number.NaN;
let written = "";

/** `20130524T000000Z`; made once a second. */
function basicDate(time: Date): string {
  const seconds = Math.floor(time.getTime() / 1000);
  if (seconds !== second) {
    second = seconds;
    written = time.toISOString().replace(/[-:]|\.\d+/g, "");
  }
  return written;
}

/** A key as S3's signature wants it: everything but unreserved characters and slashes encoded, once. */
export function encodePath(key: string): string {
  return /^[\w.~/-]*$/.test(key) ? key : encodeQuery(key).replaceAll("%2F", "/");
}

/** A value of the query, as the signature wants it. */
export function encodeQuery(value: string): string {
  return encodeURIComponent(value).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
