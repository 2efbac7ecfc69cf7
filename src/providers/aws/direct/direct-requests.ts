/**
 * PutObject and GetObject without the SDK's machinery, which takes several times the processor time of the request itself: thousands of small
 * files are as fast as the processor. What does not succeed at once is the SDK's to repeat, to follow or to explain.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { S3Client } from "@aws-sdk/client-s3";
import { type BucketAddress, bucketAddress } from "./bucket-address.ts";
import { encodePath, NOTHING, sha256, signedHeaders } from "./signature.ts";

/** Requests of one bucket under way at once. */
export const DIRECT_PARALLEL = 48;
/** Milliseconds without a byte. */
const SILENCE = 60_000;

interface Content {
  readonly body?: Uint8Array;
  /** In the order of its names. */
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Headers that are signed too. */
  readonly signed?: Readonly<Record<string, string>>;
}

export class DirectRequests {
  readonly #s3: S3Client;
  readonly #address: BucketAddress;
  readonly #agent: HttpAgent;
  #refused = false;

  private constructor(s3: S3Client, address: BucketAddress) {
    this.#s3 = s3;
    this.#address = address;
    const settings = { keepAlive: true, maxSockets: DIRECT_PARALLEL };
    this.#agent = address.protocol === "https:" ? new HttpsAgent(settings) : new HttpAgent(settings);
  }

  /** Undefined where only the SDK knows how to ask. To be closed. */
  static async open(s3: S3Client, bucket: string): Promise<DirectRequests | undefined> {
    const address = await bucketAddress(s3, bucket);
    return address && new DirectRequests(s3, address);
  }

  close(): void {
    this.#agent.destroy();
  }

  /** The answer's headers when the object (with a query: its part) was written; undefined: nothing is known. */
  async put(
    key: string,
    body: Uint8Array,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
    query = "",
  ): Promise<IncomingHttpHeaders | undefined> {
    const content = { body, query, headers: { ...headers, "content-length": String(body.length) } };
    const answer = await this.#ask("PUT", key, content, signal);
    answer?.resume();
    return answer?.headers;
  }

  /** The answer, its body not read; undefined: there is none, and nothing is known. */
  async get(key: string, signal: AbortSignal): Promise<IncomingMessage | undefined> {
    return await this.#ask("GET", key, { signed: { "x-amz-checksum-mode": "ENABLED" } }, signal);
  }

  /** An answer that is a success. */
  async #ask(
    method: "GET" | "PUT",
    key: string,
    content: Content,
    signal: AbortSignal,
  ): Promise<IncomingMessage | undefined> {
    if (this.#refused) return undefined;
    const answer = await this.#send(method, key, content, signal).catch(() => undefined);
    const status = answer?.statusCode ?? 0;
    if (status === 200) return answer;
    answer?.destroy();
    // Another region, a clock that is wrong, no permission: the next would fare no better. A missing key says nothing of the others.
    if (status >= 300 && status < 500 && status !== 404 && status !== 429) this.#refused = true;
    return undefined;
  }

  async #send(
    method: "GET" | "PUT",
    key: string,
    { body, query = "", headers, signed }: Content,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const { protocol, hostname, port, host, region } = this.#address;
    const path = this.#address.path + encodePath(key);
    const hash = body === undefined ? NOTHING : sha256(body);
    const credentials = await this.#s3.config.credentials();
    const time = new Date();
    const all = {
      ...headers,
      ...signedHeaders(
        { method, host, path, region, query, hash, time, ...(signed && { headers: signed }) },
        credentials,
      ),
    };
    const send = protocol === "https:" ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const request = send(
        {
          hostname,
          port,
          method,
          path: query === "" ? path : `${path}?${query}`,
          agent: this.#agent,
          signal,
          headers: all,
        },
        resolve,
      );
      request.on("error", reject);
      request.setTimeout(SILENCE, () => request.destroy(new Error("no answer")));
      request.end(body);
    });
  }
}
