/** Requests signed for endpoints that want IAM's authorization (SigV4, service execute-api). */
import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import type { Checksum } from "@smithy/types";
import type { EndpointRequest } from "./call.ts";

type Credentials = ConstructorParameters<typeof SignatureV4>[0]["credentials"];

/** The request with its signature in the headers; `credentials` as a client of the SDK has them. */
export async function signed(
  request: EndpointRequest,
  region: string,
  credentials: Credentials,
): Promise<EndpointRequest> {
  const { url, method, headers, body } = request;
  const signer = new SignatureV4({ service: "execute-api", region, credentials, sha256: Sha256 });
  const query: Record<string, string[]> = {};
  for (const [key, value] of url.searchParams) query[key] = [...(query[key] ?? []), value];
  const { headers: all } = await signer.sign({
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query,
    headers: { ...headers, host: url.host },
    ...(body === undefined ? {} : { body }),
  });
  return { ...request, headers: all };
}

/** The digest as the signer wants it: keyed, it is an HMAC. */
class Sha256 implements Checksum {
  readonly #secret: Uint8Array | string | undefined;
  #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#secret = secret === undefined || typeof secret === "string" ? secret : bytesOf(secret);
    this.#hash = this.#begin();
  }

  update(chunk: Uint8Array | string): void {
    this.#hash.update(chunk);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    this.#hash = this.#begin();
  }

  #begin(): Hash | Hmac {
    return this.#secret === undefined ? createHash("sha256") : createHmac("sha256", this.#secret);
  }
}

function bytesOf(secret: ArrayBuffer | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(secret)
    ? new Uint8Array(secret.buffer, secret.byteOffset, secret.byteLength)
    : new Uint8Array(secret);
}
