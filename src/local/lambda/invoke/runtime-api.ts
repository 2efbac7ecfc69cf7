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

/** What AWS has beside it: answered by name. */
const NOT_SERVED: readonly (readonly [prefix: string, name: string])[] = [
  [`${BASE}/restore/`, "SnapStart's restore phase"],
  ["/2020-01-01/extension/", "The Extensions API"],
  ["/2020-08-15/logs", "The Logs API"],
  ["/2022-07-01/telemetry", "The Telemetry API"],
];

/** Where the runtime stands: it may not ask for more before it has answered, nor fail to start when it has started. */
type State = "starting" | "waiting" | "working" | "answered";

export interface RuntimeApiOptions {
  readonly functionArn: string;
  /** The user whose processes may connect; others of the machine would take events and answer for the function. */
  readonly uid: number;
}

export interface RuntimeApiEvents {
  /** The runtime is ready for an event. */
  readonly onNext: () => void | Promise<void>;
  /**
   * The function answered; `failed`: with an error document. `answered`: it had answered that invocation before;
   * `unknown`: another invocation, or none, is under way.
   */
  readonly onResult: (requestId: string, payload: Buffer, failed: boolean) => "taken" | "answered" | "unknown";
  /** The runtime could not load the function. `errorType`: as its header says, if it has one. */
  readonly onInitError: (payload: Buffer, errorType: string | undefined) => void;
}

export class RuntimeApi {
  readonly #server: Server;
  readonly #functionArn: string;
  readonly #events: RuntimeApiEvents;
  readonly #allowed = new WeakMap<Socket, Promise<boolean>>();
  #waiting: ServerResponse | undefined;
  /** Gives the event that came while the runtime, between two requests, did not wait. */
  #give: ((response: ServerResponse) => void) | undefined;
  #state: State = "starting";
  #address: Promise<string> | undefined;

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

  /** For a runtime that is to be started, the first or again. Resolves to `127.0.0.1:PORT`. */
  listen(): Promise<string> {
    this.#state = "starting";
    this.#waiting = undefined;
    this.#give = undefined;
    this.#address ??= new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(0, "127.0.0.1", () => {
        resolve(`127.0.0.1:${(this.#server.address() as AddressInfo).port}`);
      });
    });
    return this.#address;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** Gives an event to the runtime that waits for one; only after `onNext`. @param deadline ms since the epoch */
  deliver(invocation: Invocation, deadline: number): void {
    const response = this.#waiting;
    this.#waiting = undefined;
    this.#state = "working";
    // One that gave up waiting asks again, or its end is reported.
    if (response) this.#send(response, invocation, deadline);
    else this.#give = (next) => this.#send(next, invocation, deadline);
  }

  #send(response: ServerResponse, invocation: Invocation, deadline: number): void {
    response.writeHead(200, {
      // AWS's Python client crashes without a type.
      "Content-Type": "application/json",
      "Content-Length": invocation.payload.length,
      "Lambda-Runtime-Aws-Request-Id": invocation.requestId,
      "Lambda-Runtime-Deadline-Ms": deadline,
      "Lambda-Runtime-Invoked-Function-Arn": this.#functionArn,
      "Lambda-Runtime-Trace-Id": invocation.traceId,
      ...(invocation.clientContext !== undefined && {
        "Lambda-Runtime-Client-Context": ascii(invocation.clientContext),
      }),
    });
    response.end(invocation.payload);
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url = "", socket } = request;
    if (!(await this.#allowed.get(socket))) return answer(response, 403, "Forbidden", "not the function's user");
    // A name that leads to loopback does not let a web page in.
    if (!/^(127\.0\.0\.1|localhost):\d+$/.test(request.headers.host ?? "")) {
      return answer(response, 403, "Forbidden", "not the Runtime API's address");
    }
    const notServed = NOT_SERVED.find(([prefix]) => url.startsWith(prefix))?.[1];
    if (notServed !== undefined) {
      return answer(response, 501, "NotImplemented", `${notServed} is not served by scar's local AWS (see GAPS.md)`);
    }
    if (method === "GET" && url === `${BASE}/invocation/next`) return this.#next(response);
    if (method === "POST" && url === `${BASE}/init/error`) return await this.#initError(request, response);
    const [, requestId, kind] = /^\/2018-06-01\/runtime\/invocation\/([^/]+)\/(response|error)$/.exec(url) ?? [];
    if (method !== "POST" || requestId === undefined) return answer(response, 404, "NotFound", "page not found");
    await this.#outcome(request, response, requestId, kind === "error");
  }

  #next(response: ServerResponse): void {
    const give = this.#give;
    this.#give = undefined;
    if (give) {
      give(response);
      return;
    }
    if (this.#state === "working") {
      refuse(response, "Ready");
      return;
    }
    this.#state = "waiting";
    this.#waiting = response;
    response.on("close", () => {
      if (this.#waiting === response) this.#waiting = undefined;
    });
    void this.#events.onNext();
  }

  async #initError(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await read(request);
    if (this.#state !== "starting") return refuse(response, "InitError");
    answer(response, 202);
    const document = body ?? failure("Runtime.InitError", "The error document is too large");
    this.#events.onInitError(document, request.headers["lambda-runtime-function-error-type"]?.toString());
  }

  async #outcome(request: IncomingMessage, response: ServerResponse, id: string, failed: boolean): Promise<void> {
    const body = await read(request);
    // A response that is streamed in chunks tells at its end that it failed.
    const streamed = request.trailers["lambda-runtime-function-error-type"] !== undefined;
    const result =
      body === undefined
        ? this.#events.onResult(id, failure("Function.ResponseSizeTooLarge", TOO_LARGE), true)
        : this.#events.onResult(id, streamed ? streamedError(request) : body, failed || streamed);
    if (result === "taken") this.#state = "answered";
    if (result === "answered") return refuse(response, failed ? "InvocationErrorResponse" : "InvocationResponse");
    if (result === "unknown") return answer(response, 400, "InvalidRequestID", "Invalid request ID");
    if (body === undefined) return answer(response, 413, "RequestEntityTooLarge", TOO_LARGE);
    answer(response, 202);
  }
}

/** JSON that a header can hold. */
function ascii(json: string): string {
  return json.replace(/[^ -~]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

const TOO_LARGE = `Response payload size exceeded maximum allowed payload size (${LIMITS.response} bytes).`;

/** The error document of a streamed response, base64 in a trailer. */
function streamedError({ trailers }: IncomingMessage): Buffer {
  const document = Buffer.from(trailers["lambda-runtime-function-error-body"] ?? "", "base64");
  return document.length > 0 ? document : failure(trailers["lambda-runtime-function-error-type"]!, "");
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

/** AWS's answer to what does not come in its turn. */
function refuse(response: ServerResponse, to: string): void {
  answer(response, 403, "InvalidStateTransition", `State transition to ${to} is not allowed`);
}

function answer(response: ServerResponse, status: number, errorType?: string, errorMessage = ""): void {
  const body = errorType === undefined ? '{"status":"OK"}\n' : JSON.stringify({ errorMessage, errorType });
  response.writeHead(status, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) });
  response.end(body);
}
