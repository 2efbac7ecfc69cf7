/**
 * PutObject and GetObject without the SDK's machinery, which takes several times the processor time of the request itself: thousands of small
 * files are as fast as the processor. What does not succeed at once is the SDK's to repeat, to follow or to explain.
 */
import type { S3Client } from "@aws-sdk/client-s3";
import { type BucketAddress, bucketAddress } from "./bucket-address.ts";
import { Connection, ConnectionBroken, NotUnderstood, type OnAnswer, type TakeBody } from "./connection.ts";
import { type AnswerHead, requestHead } from "./message.ts";
import { encodePath, NOTHING, sha256, signedHeaders } from "./signature.ts";

/** Requests of one bucket under way at once. */
export const DIRECT_PARALLEL = 48;

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
  readonly #signal: AbortSignal;
  readonly #connections = new Set<Connection>();
  /** Those that may be free; the last one that was used is taken first. */
  readonly #free: Connection[] = [];
  #refused = false;

  private constructor(s3: S3Client, address: BucketAddress, signal: AbortSignal) {
    this.#s3 = s3;
    this.#address = address;
    this.#signal = signal;
    signal.addEventListener("abort", this.#end);
  }

  /** Undefined where only the SDK knows how to ask. To be closed; `signal` ends all that is under way. */
  static async open(s3: S3Client, bucket: string, signal: AbortSignal): Promise<DirectRequests | undefined> {
    const address = await bucketAddress(s3, bucket);
    return address && new DirectRequests(s3, address, signal);
  }

  close(): void {
    this.#signal.removeEventListener("abort", this.#end);
    this.#end();
  }

  /** The answer when the object (with a query: its part) was written; undefined: nothing is known. */
  async put(
    key: string,
    body: Uint8Array,
    headers: Readonly<Record<string, string>>,
    query = "",
  ): Promise<AnswerHead | undefined> {
    const content = { body, query, headers: { ...headers, "content-length": String(body.length) } };
    const answer = await this.#ask("PUT", key, content, () => undefined);
    return answer?.status === 200 ? answer : undefined;
  }

  /**
   * Whether all of the object went to what `take` returned, which is asked when the answer is there; if not, nothing is known. What they throw
   * is thrown.
   */
  async get(key: string, take: (answer: AnswerHead) => TakeBody): Promise<boolean> {
    const content = { signed: { "x-amz-checksum-mode": "ENABLED" } };
    const answer = await this.#ask("GET", key, content, (found) => (found.status === 200 ? take(found) : undefined));
    // A server that does not tell how long its answers are: each would be asked for twice.
    if (answer?.status === 200 && answer.length === undefined) this.#refused = true;
    return answer?.status === 200 && answer.length !== undefined;
  }

  readonly #end = (): void => {
    for (const connection of this.#connections) connection.destroy();
    this.#connections.clear();
  };

  /** Undefined: there is no answer. */
  async #ask(
    method: "GET" | "PUT",
    key: string,
    content: Content,
    onAnswer: OnAnswer,
  ): Promise<AnswerHead | undefined> {
    if (this.#refused || this.#signal.aborted) return undefined;
    const head = await this.#head(method, key, content).catch(() => undefined);
    if (head === undefined || this.#signal.aborted) return undefined;
    const connection = this.#connection();
    try {
      const answer = await connection.ask(head, content.body, onAnswer);
      this.#note(answer.status);
      return answer;
    } catch (error) {
      if (!(error instanceof ConnectionBroken)) throw error;
      if (error instanceof NotUnderstood) this.#refused = true;
      return undefined;
    } finally {
      if (connection.isFree) this.#free.push(connection);
      else this.#connections.delete(connection);
    }
  }

  /** Another region, a clock that is wrong, no permission: the next would fare no better. A missing key says nothing of the others. */
  #note(status: number): void {
    if (status >= 300 && status < 500 && status !== 404 && status !== 429) this.#refused = true;
  }

  #connection(): Connection {
    for (let found = this.#free.pop(); found !== undefined; found = this.#free.pop()) {
      if (found.isFree) return found;
      this.#connections.delete(found);
    }
    const made = new Connection(this.#address);
    this.#connections.add(made);
    return made;
  }

  async #head(method: "GET" | "PUT", key: string, { body, query = "", headers, signed }: Content): Promise<string> {
    const { host, region } = this.#address;
    const path = this.#address.path + encodePath(key);
    const hash = body === undefined ? NOTHING : sha256(body);
    const credentials = await this.#s3.config.credentials();
    const time = new Date();
    const request = { method, host, path, region, query, hash, time, ...(signed && { headers: signed }) };
    const all = { ...headers, ...signedHeaders(request, credentials) };
    return requestHead(method, query === "" ? path : `${path}?${query}`, all);
  }
}
