/** The bytes of a request's body as they arrive, asked for only when somebody reads them. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { AwsError } from "../service.ts";

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
    try {
      for await (const chunk of this.#req.iterator({ destroyOnReturn: false })) yield chunk as Buffer;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ECONNRESET") throw error;
      throw new AwsError(400, "RequestTimeout", "The client went away before it sent the whole body");
    }
  }

  /** A client that was not told to go on may send its body or not: only a new connection is in a known state. */
  closingHeaders(): Record<string, string> {
    return this.#waiting ? { connection: "close" } : {};
  }

  /** Takes what nobody wanted off the wire, so that the client can read the answer and use the connection again. */
  drain(): void {
    if (!this.#req.complete) this.#req.resume();
  }
}
