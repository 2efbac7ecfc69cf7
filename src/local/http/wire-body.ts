/** The bytes of a request's body as they arrive, asked for only when somebody reads them. */
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { AwsError } from "../service.ts";

/** Bodies up to here are read in one step: a stream's turns cost more than the bytes. */
const SMALL_BYTES = 128 * 1024;

/** Milliseconds in which a client that sends its body to the end may do so, although it is refused. */
const LINGER = 2_000;

const cutOff = () => new AwsError(400, "RequestTimeout", "The client went away before it sent the whole body");

export class WireBody implements AsyncIterable<Buffer> {
  readonly #req: IncomingMessage;
  readonly #res: ServerResponse;
  /** Whether the client waits for `100 Continue`: a refused upload is then never transferred. */
  #waiting: boolean;

  constructor(req: IncomingMessage, res: ServerResponse, waiting: boolean) {
    this.#req = req;
    this.#res = res;
    this.#waiting = waiting;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    if (this.#waiting) this.#res.writeContinue();
    this.#waiting = false;
    const { headers } = this.#req;
    const chunked = headers["transfer-encoding"] !== undefined;
    const length = Number(headers["content-length"] ?? 0);
    if (!chunked && length === 0) return;
    if (this.#req.readableEnded) return;
    try {
      if (!chunked && length <= SMALL_BYTES) yield await this.#whole();
      else for await (const chunk of this.#req.iterator({ destroyOnReturn: false })) yield chunk as Buffer;
    } catch (error) {
      throw (error as NodeJS.ErrnoException).code === "ECONNRESET" ? cutOff() : error;
    }
  }

  #whole(): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      if (this.#req.destroyed) return reject(cutOff());
      const chunks: Buffer[] = [];
      this.#req
        .on("data", (chunk: Buffer) => chunks.push(chunk))
        .on("end", () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)))
        .on("error", reject);
    });
  }

  /** A client that was not told to go on may send its body or not: only a new connection is in a known state. */
  closingHeaders(): Record<string, string> {
    return this.#waiting ? { connection: "close" } : {};
  }

  /**
   * Before the answer to a client that ends the connection with it: closed over bytes that still come, the connection would be reset, and
   * the client might never read why it was refused.
   */
  async linger(): Promise<void> {
    if (this.#res.shouldKeepAlive || this.#waiting || this.#req.complete || this.#req.destroyed) return;
    const cleanup = new AbortController();
    const { signal } = cleanup;
    this.drain();
    await Promise.race([
      once(this.#req, "end", { signal }),
      once(this.#req, "close", { signal }),
      delay(LINGER, undefined, { signal }),
    ]).catch(() => undefined);
    cleanup.abort();
  }

  /** Takes what nobody wanted off the wire, so that the client can read the answer and use the connection again. */
  drain(): void {
    if (!this.#req.complete) this.#req.resume();
  }
}
