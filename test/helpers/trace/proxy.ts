/** Between a step's command and the local AWS: notes what is asked for, and lets the calls fail that failed in the recording. */
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { TraceFault } from "../traces.ts";
import { type Asked, isMeant, operationOf } from "./asked.ts";
import { answerFailure, type EndpointRequest, ownRequest } from "./endpoint.ts";

export interface Invocation {
  readonly function: string;
  readonly type: string;
  readonly payload: unknown;
}

/** What goes wrong. */
export interface Troubles {
  readonly faults: readonly TraceFault[];
  /** Whether functions time out, all of them. */
  readonly timesOut: boolean;
  /** How endpoints fail; undefined: they do not. */
  readonly endpoints: string | undefined;
}

/** Each refusal more takes seconds, and shows nothing. */
const MOST_REFUSALS = 2;

export class TraceProxy {
  /** Requests that change something, as `PUT /bucket`. */
  readonly writes: string[] = [];
  readonly invocations: Invocation[] = [];
  readonly requests: EndpointRequest[] = [];
  readonly #port: number;
  #troubles: Troubles = { faults: [], timesOut: false, endpoints: undefined };
  #refusals = new Map<TraceFault, number>();
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((incoming, outgoing) => {
    this.#serve(incoming, outgoing).catch(() => outgoing.destroy());
  });

  private constructor(port: number) {
    this.#port = port;
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  /** @param port the local AWS's */
  static async start(port: number): Promise<TraceProxy> {
    const proxy = new TraceProxy(port);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Forgets what it noted, and from now on has these troubles. */
  begin(troubles: Troubles): void {
    this.writes.length = 0;
    this.invocations.length = 0;
    this.requests.length = 0;
    this.#troubles = troubles;
    this.#refusals = new Map();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await bytesOf(incoming);
    const { method = "GET", url = "/" } = incoming;
    const endpointRequest = ownRequest(method, url, incoming.headers, body);
    if (endpointRequest !== undefined) {
      this.requests.push(endpointRequest);
      return answerFailure(this.#troubles.endpoints, outgoing) ? undefined : this.#forward(incoming, body, outgoing);
    }
    const asked = operationOf(incoming, body);
    const fault = this.#faultOf(asked);
    if (asked.isWrite) this.writes.push(asked.shown);
    if (asked.operation === "Invoke") {
      this.invocations.push({
        function: decodeURIComponent(asked.path.split("/")[3]!),
        type: String(incoming.headers["x-amz-invocation-type"] ?? "RequestResponse"),
        payload: body.length === 0 ? {} : JSON.parse(body.toString()),
      });
    }
    if (asked.operation === "Invoke" && this.#troubles.timesOut) return answerTimeout(outgoing);
    if (fault !== undefined) return answerFault(fault, asked.service, outgoing);
    this.#forward(incoming, body, outgoing);
  }

  #faultOf(asked: Asked): TraceFault | undefined {
    const fault = this.#troubles.faults.find((one) => isMeant(one, asked));
    if (fault?.times === undefined) return fault;
    const refusals = (this.#refusals.get(fault) ?? 0) + 1;
    this.#refusals.set(fault, refusals);
    return refusals > Math.min(fault.times, MOST_REFUSALS) ? undefined : fault;
  }

  #forward(incoming: IncomingMessage, body: Buffer, outgoing: ServerResponse): void {
    // The headers as they came: the signature covers Host.
    const headers = without(incoming.rawHeaders, ["connection", "expect", "transfer-encoding", "content-length"]);
    headers.push("content-length", String(body.length));
    const { method, url } = incoming;
    const sent = request(
      { host: "127.0.0.1", port: this.#port, method, path: url, headers, agent: false },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders as string[]);
        answer.pipe(outgoing);
      },
    );
    sent.on("error", () => outgoing.destroy());
    sent.end(body);
  }
}

function answerFault({ code, message, status }: TraceFault, service: string, outgoing: ServerResponse): void {
  const error = `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  const xml = service === "sts" ? `<ErrorResponse>${error}</ErrorResponse>` : error;
  const isXml = service === "s3" || service === "sts";
  outgoing.writeHead(status, {
    "content-type": isXml ? "text/xml" : "application/json",
    "x-amzn-requestid": "00000000-0000-4000-8000-000000000000",
    ...(!isXml && { "x-amzn-errortype": code }),
  });
  outgoing.end(isXml ? xml : JSON.stringify({ __type: code, message }));
}

function answerTimeout(outgoing: ServerResponse): void {
  outgoing.writeHead(200, {
    "content-type": "application/json",
    "x-amz-function-error": "Unhandled",
    "x-amzn-requestid": "00000000-0000-4000-8000-000000000000",
  });
  outgoing.end(JSON.stringify({ errorMessage: "2025-11-21T00:00:00.000Z Task timed out after 300.00 seconds" }));
}

/** Raw headers, name and value in turns, without some. */
function without(headers: readonly string[], names: readonly string[]): string[] {
  return headers.filter((_, index) => !names.includes(headers[index - (index % 2)]!.toLowerCase()));
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
