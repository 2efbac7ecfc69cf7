/**
 * Requests of one bucket without the SDK's machinery, which takes several times the processor time of the request itself: thousands of small
 * files are as fast as the processor. What does not succeed at once is the SDK's to repeat, to follow or to explain.
 */
import { goesThroughProxy } from "../clients/proxies.ts";
import type { Credentials, S3Access } from "../s3-access.ts";
import { type BucketAddress, endpointAddress } from "./address.ts";
import {
  Connection,
  ConnectionBroken,
  type Dial,
  dialOf,
  NotUnderstood,
  type OnAnswer,
  type TakeBody,
} from "./connection.ts";
import { type AnswerHead, requestHead } from "./message.ts";
import { encodePath, type Method, NOTHING, sha256, signedHeaders } from "./signature.ts";

/** Requests of one bucket under way at once. */
export const DIRECT_PARALLEL = 100;

export interface DirectRequest {
  readonly method: Method;
  /** Missing: of the bucket itself. */
  readonly key?: string;
  /** In the order of its names. */
  readonly query?: string;
  readonly body?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  /** Headers that are signed too. */
  readonly signed?: Readonly<Record<string, string>>;
}

export class DirectRequests {
  readonly #address: BucketAddress;
  readonly #credentials: () => Promise<Credentials>;
  readonly #signal: AbortSignal;
  readonly #dial: Dial;
  readonly #connections = new Set<Connection>();
  /** Those that may be free; the last one that was used is taken first. */
  readonly #free: Connection[] = [];
  #refused = false;

  private constructor(
    address: BucketAddress,
    credentials: () => Promise<Credentials>,
    signal: AbortSignal,
    dial: Dial,
  ) {
    this.#address = address;
    this.#credentials = credentials;
    this.#signal = signal;
    this.#dial = dial;
    signal.addEventListener("abort", this.#end);
  }

  /** Undefined where only the SDK knows how to ask, and through a proxy. To be closed; `signal` ends all that is under way. */
  static async open(access: S3Access, bucket: string, signal: AbortSignal): Promise<DirectRequests | undefined> {
    const { credentials } = access;
    const plain = credentials && endpointAddress(access.session, bucket);
    if (plain) {
      if (await goesThroughProxy(access.session, plain.protocol, plain.host)) return undefined;
      return new DirectRequests(plain, async () => credentials, signal, await dialOf(plain));
    }
    const [{ bucketAddress }, s3] = await Promise.all([import("./bucket-address.ts"), access.sdk()]);
    const address = await bucketAddress(s3, bucket);
    if (address === undefined || (await goesThroughProxy(access.session, address.protocol, address.host)))
      return undefined;
    return new DirectRequests(address, s3.config.credentials, signal, await dialOf(address));
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
    const answer = await this.ask({ method: "PUT", key, query, body, headers }, () => undefined);
    return answer?.status === 200 ? answer : undefined;
  }

  /**
   * Whether all of the object went to what `take` returned, which is asked when the answer is there; if not, nothing is known. What they throw
   * is thrown.
   */
  async get(key: string, take: (answer: AnswerHead) => TakeBody): Promise<boolean> {
    const request = { method: "GET", key, signed: { "x-amz-checksum-mode": "ENABLED" } } as const;
    const answer = await this.ask(request, (found) => (found.status === 200 ? take(found) : undefined));
    return this.#isRead(answer);
  }

  /** The text that answers a question about the bucket; undefined: nothing is known. */
  async text(request: DirectRequest): Promise<string | undefined> {
    const pieces: Buffer[] = [];
    const answer = await this.ask(request, () => (piece) => void pieces.push(Buffer.from(piece)));
    return this.#isRead(answer) ? Buffer.concat(pieces).toString() : undefined;
  }

  /** Whether the bucket, or its object, is there; undefined: nothing is known. */
  async exists(key?: string): Promise<boolean | undefined> {
    const answer = await this.ask({ method: "HEAD", ...(key !== undefined && { key }) }, () => undefined);
    return answer?.status === 200 ? true : answer?.status === 404 ? false : undefined;
  }

  /** The answer, whatever it says; undefined: there is none. Throws what `onAnswer` throws. */
  async ask(request: DirectRequest, onAnswer: OnAnswer): Promise<AnswerHead | undefined> {
    if (this.#refused || this.#signal.aborted) return undefined;
    const head = await this.#head(request).catch(() => undefined);
    if (head === undefined || this.#signal.aborted) return undefined;
    const connection = this.#connection();
    try {
      const answer = await connection.ask({ head, body: request.body, hasNoBody: request.method === "HEAD" }, onAnswer);
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

  readonly #end = (): void => {
    for (const connection of this.#connections) connection.destroy();
    this.#connections.clear();
  };

  #isRead(answer: AnswerHead | undefined): boolean {
    // A server that does not tell how long its answers are: each would be asked for twice.
    if (answer?.status === 200 && answer.length === undefined) this.#refused = true;
    return answer?.status === 200 && answer.length !== undefined;
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
    const made = new Connection(this.#dial);
    this.#connections.add(made);
    return made;
  }

  async #head({ method, key, query = "", body, headers, signed }: DirectRequest): Promise<string> {
    const { host, region, path: folder } = this.#address;
    const path = key === undefined ? folder.replace(/(?<=.)\/$/, "") : folder + encodePath(key);
    const hash = body === undefined ? NOTHING : sha256(body);
    const credentials = await this.#credentials();
    const time = new Date();
    const request = { method, host, path, region, query, hash, time, ...(signed && { headers: signed }) };
    const all: Record<string, string> = { ...headers, ...signedHeaders(request, credentials) };
    if (body !== undefined) all["content-length"] = String(body.length);
    return requestHead(method, query === "" ? path : `${path}?${query}`, all);
  }
}
