/**
 * The Lambda Runtime API of one execution environment, on a loopback port of its own: the function's runtime asks for the next
 * event and posts what came of it. (Documented by AWS as "Using the Lambda runtime API", version 2018-06-01.)
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { LIMITS } from "../model.ts";
import { failure, type Invocation } from "./invocation.ts";
import { peerUid } from "./peer.ts";

const BASE = "/2018-06-01/runtime";

export interface RuntimeApiOptions {
  readonly functionArn: string;
  /** The user whose processes may connect; others of the machine would take events and answer for the function. */
  readonly uid: number;
}

export interface RuntimeApiEvents {
  /** The runtime is ready for an event. */
  readonly onNext: () => void;
  /** The function answered; `failed`: with an error document. */
  readonly onResult: (requestId: string, payload: Buffer, failed: boolean) => boolean;
  /** The runtime could not load the function. */
  readonly onInitError: (payload: Buffer) => void;
}

export class RuntimeApi {
  readonly #server: Server;
  readonly #functionArn: string;
  readonly #events: RuntimeApiEvents;
  readonly #allowed = new WeakMap<Socket, Promise<boolean>>();
  #waiting: ServerResponse | undefined;

  constructor({ functionArn, uid }: RuntimeApiOptions, events: RuntimeApiEvents) {
    this.#functionArn = functionArn;
    this.#events = events;
    this.#server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 }, (request, response) => {
      this.#handle(request, response).catch(() => response.destroy());
    });
    this.#server.on("connection", (socket) => {
      this.#allowed.set(
        socket,
        peerUid(socket).then((peer) => peer === uid),
      );
    });
  }

  /** Resolves to `127.0.0.1:PORT`. */
  listen(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(0, "127.0.0.1", () => {
        resolve(`127.0.0.1:${(this.#server.address() as AddressInfo).port}`);
      });
    });
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** Gives an event to the runtime that waits for one; only after `onNext`. @param deadline ms since the epoch */
  deliver(invocation: Invocation, deadline: number): void {
    const response = this.#waiting!;
    this.#waiting = undefined;
    response.writeHead(200, {
      "Content-Type": "application/json",
      "Content-Length": invocation.payload.length,
      "Lambda-Runtime-Aws-Request-Id": invocation.requestId,
      "Lambda-Runtime-Deadline-Ms": deadline,
      "Lambda-Runtime-Invoked-Function-Arn": this.#functionArn,
      "Lambda-Runtime-Trace-Id": invocation.traceId,
    });
    response.end(invocation.payload);
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url = "", socket } = request;
    if (!(await this.#allowed.get(socket))) return answer(response, 403, "Forbidden");
    // A name that leads to loopback does not let a web page in.
    if (!/^(127\.0\.0\.1|localhost):\d+$/.test(request.headers.host ?? "")) return answer(response, 403, "Forbidden");
    if (method === "GET" && url === `${BASE}/invocation/next`) {
      this.#waiting = response;
      response.on("close", () => {
        if (this.#waiting === response) this.#waiting = undefined;
      });
      this.#events.onNext();
      return;
    }
    if (method !== "POST") return answer(response, 404, "NotFound");
    const [, requestId, kind] = /^\/2018-06-01\/runtime\/invocation\/([^/]+)\/(response|error)$/.exec(url) ?? [];
    if (requestId === undefined && url !== `${BASE}/init/error`) return answer(response, 404, "NotFound");
    const body = await read(request);
    if (requestId === undefined) {
      answer(response, 202);
      this.#events.onInitError(body ?? failure("Runtime.InitError", "The error document is too large"));
      return;
    }
    if (body === undefined) {
      const message = `Response payload size exceeded maximum allowed payload size (${LIMITS.response} bytes).`;
      this.#events.onResult(requestId, failure("Function.ResponseSizeTooLarge", message), true);
      return answer(response, 413, "RequestEntityTooLarge");
    }
    const known = this.#events.onResult(requestId, body, kind === "error");
    answer(response, known ? 202 : 400, known ? undefined : "InvalidRequestID");
  }
}

/** The body; undefined when it is larger than a function may answer (it is read to the end, so that the runtime hears of it). */
async function read(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= LIMITS.response) chunks.push(chunk);
    else chunks.length = 0;
  }
  return length > LIMITS.response ? undefined : Buffer.concat(chunks, length);
}

function answer(response: ServerResponse, status: number, errorType?: string): void {
  const body = errorType === undefined ? '{"status":"OK"}\n' : JSON.stringify({ errorType, errorMessage: errorType });
  response.writeHead(status, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) });
  response.end(body);
}
