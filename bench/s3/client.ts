/** The benchmark's S3 client: one keep-alive connection, requests signed beforehand, so that what is measured is the server. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { sign } from "../../test/helpers/local-signed.ts";

export interface Target {
  readonly port: number;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface Wanted {
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  /** With the query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent `times` times over; default once. */
  readonly body?: Buffer;
  readonly times?: number;
  /** SHA-256 of the whole body, hex; default: it is computed, for a body that is sent once. */
  readonly hash?: string;
}

/** A request with its signature, which servers accept for 15 minutes. */
export interface Signed {
  readonly head: string;
  readonly body: Buffer | undefined;
  readonly times: number;
}

export function signed(target: Target, { method, path, headers, body, times = 1, hash }: Wanted): Signed {
  const length = (body?.length ?? 0) * times;
  const request = sign(
    { port: target.port, method, path, headers: { ...headers }, ...(body && { body }) },
    { ...target, ...(hash !== undefined && { payloadHash: hash }) },
  );
  const lines = Object.entries({ ...request.headers, "content-length": String(length) });
  const head = `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`;
  return { head, body, times };
}

export interface Answered {
  readonly status: number;
  readonly etag: string;
  /** Length of the body. */
  readonly size: number;
  /** The body as text, up to 1 MiB of it. */
  text(): string;
}

const KEPT_BYTES = 1024 * 1024;

const connectTo = (port: number): Socket => connect({ host: "127.0.0.1", port, noDelay: true });

export class Connection {
  readonly #port: number;
  #socket: Socket;

  constructor(port: number) {
    this.#port = port;
    this.#socket = connectTo(port);
  }

  /** Throws when the answer is no success. */
  async ask({ head, body, times }: Signed): Promise<Answered> {
    // Servers close what was idle for long: while the other server had its turn, on a slow machine.
    if (this.#socket.destroyed) this.#socket = connectTo(this.#port);
    const answer = this.#answer();
    if (body && body.length < KEPT_BYTES) this.#socket.write(Buffer.concat([Buffer.from(head), body]));
    else this.#socket.write(head);
    if (body && body.length >= KEPT_BYTES) {
      for (let i = 0; i < times; i++) if (!this.#socket.write(body)) await once(this.#socket, "drain");
    }
    const answered = await answer;
    if (answered.status >= 300) throw new Error(`${head.split("\r\n", 1)[0]}: ${answered.status} ${answered.text()}`);
    return answered;
  }

  close(): void {
    this.#socket.destroy();
  }

  #answer(): Promise<Answered> {
    return new Promise((resolve, reject) => {
      const socket = this.#socket;
      let kept: Buffer[] = [];
      let size = 0;
      let head: string | undefined;
      let length = 0;
      const finish = (settle: () => void) => {
        socket.off("data", onData).off("error", onError).off("close", onClose);
        settle();
      };
      const onError = (error: Error) => finish(() => reject(error));
      const onClose = () => onError(new Error("the server closed the connection"));
      const onData = (chunk: Buffer) => {
        size += chunk.length;
        if (head === undefined || size <= KEPT_BYTES) kept.push(chunk);
        if (head === undefined) {
          const all = Buffer.concat(kept);
          const end = all.indexOf("\r\n\r\n");
          if (end < 0) return;
          head = all.toString("latin1", 0, end);
          const announced = /^content-length: *(\d+)/im.exec(head);
          const bodiless = /^HTTP\/1\.1 (?:204|304)/.test(head);
          if (!announced && !bodiless) return onError(new Error(`an answer without Content-Length: ${head}`));
          length = Number(announced?.[1] ?? 0);
          kept = [all.subarray(end + 4)];
          size = all.length - end - 4;
        }
        if (size < length) return;
        const [, status] = head.split(" ", 2);
        const etag = /^etag: *(\S+)/im.exec(head)?.[1] ?? "";
        finish(() => resolve({ status: Number(status), etag, size, text: () => Buffer.concat(kept).toString() }));
      };
      socket.on("data", onData).on("error", onError).on("close", onClose);
    });
  }
}

/** Sends the requests over so many connections; answers in the order of the requests. */
export async function askAll(
  connections: readonly Connection[],
  requests: readonly Signed[],
): Promise<readonly Answered[]> {
  const answers: Answered[] = [];
  let next = 0;
  await Promise.all(
    connections.map(async (connection) => {
      for (let i = next++; i < requests.length; i = next++) answers[i] = await connection.ask(requests[i]!);
    }),
  );
  return answers;
}
