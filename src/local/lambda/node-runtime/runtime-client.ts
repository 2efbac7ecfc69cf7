import { Agent, type IncomingMessage, request } from "node:http";
import type { ErrorDocument } from "./error-document.ts";

const BASE = "/2018-06-01/runtime";

export interface RuntimeInvocation {
  readonly requestId: string;
  /** ms since the epoch. */
  readonly deadline: number;
  readonly functionArn: string;
  readonly traceId: string;
  /** JSON; empty: none. */
  readonly clientContext: string;
  /** JSON. */
  readonly payload: string;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** HTTP client of the Lambda Runtime API, over one connection that stays open. */
export class RuntimeClient {
  readonly #host: string;
  readonly #port: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  /** @param address `HOST:PORT` */
  constructor(address: string) {
    [this.#host = "", this.#port = ""] = address.split(":");
  }

  /** Waits for an event. Throws when the Runtime API gives none: what it says instead must not be taken for one. */
  async next(): Promise<RuntimeInvocation> {
    const { status, headers, body } = await this.#send("GET", `${BASE}/invocation/next`);
    if (status !== 200) throw new Error(`the Runtime API gives no event: ${status} ${body}`);
    const header = (name: string): string => String(headers[name] ?? "");
    return {
      requestId: header("lambda-runtime-aws-request-id"),
      deadline: Number(header("lambda-runtime-deadline-ms")),
      functionArn: header("lambda-runtime-invoked-function-arn"),
      traceId: header("lambda-runtime-trace-id"),
      clientContext: header("lambda-runtime-client-context"),
      payload: body,
    };
  }

  async response(requestId: string, json: string): Promise<void> {
    await this.#send("POST", `${BASE}/invocation/${requestId}/response`, json);
  }

  async error(requestId: string, document: ErrorDocument): Promise<void> {
    await this.#send("POST", `${BASE}/invocation/${requestId}/error`, JSON.stringify(document));
  }

  async initError(document: ErrorDocument): Promise<void> {
    await this.#send("POST", `${BASE}/init/error`, JSON.stringify(document), {
      "Lambda-Runtime-Function-Error-Type": document.errorType,
    });
  }

  #send(method: string, path: string, json?: string, more: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const body = json === undefined ? undefined : Buffer.from(json);
    const headers = body ? { ...more, "Content-Type": "application/json", "Content-Length": body.length } : more;
    return new Promise((resolve, reject) => {
      const options = { host: this.#host, port: this.#port, agent: this.#agent, method, path, headers };
      const sent = request(options, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const body = Buffer.concat(chunks).toString("utf8");
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
        });
      });
      sent.on("error", reject);
      sent.end(body);
    });
  }
}
