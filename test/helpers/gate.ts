/** A way to the local AWS that counts requests, and lets some of them not pass. */
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Gate {
  readonly endpoint: string;
  /** `PUT /path` of the writing requests that passed, in order, since the last call of `clear`. */
  readonly writes: readonly string[];
  clear(): void;
  /** Refuses what this says of a writing request; default: nothing. */
  refuse(which: (write: string, count: number) => boolean): void;
  /** Refuses what this says of any request, `GET /path`; default: nothing. */
  forbid(which: (call: string) => boolean): void;
  /** Carries out what this says of any request, and answers that AWS failed; default: nothing. */
  lose(which: (call: string) => boolean): void;
  close(): Promise<void>;
}

/** Reads that travel by POST: the JSON services name their operation in a header, STS in the body. */
const READS = /^(Logs_20140328\.(Describe|List|Filter|Get)|ResourceGroupsTaggingAPI_20170126\.Get)/;

function writeOf({ method = "", url = "", headers }: IncomingMessage): string | undefined {
  if (method === "GET" || method === "HEAD") return undefined;
  const target = String(headers["x-amz-target"] ?? "");
  if (READS.test(target)) return undefined;
  // STS and IAM: what the CLI asks of them changes nothing.
  if (method === "POST" && url === "/" && target === "") return undefined;
  return `${method} ${target || url}`;
}

/** The Host stays as the client signed it. A refused request is answered as one without permission. */
export async function openGate(endpoint: string): Promise<Gate> {
  const { hostname, port } = new URL(endpoint);
  let writes: string[] = [];
  let refused: (write: string, count: number) => boolean = () => false;
  let forbidden: (call: string) => boolean = () => false;
  let lost: (call: string) => boolean = () => false;
  const deny = (from: IncomingMessage, to: ServerResponse): void => {
    to.writeHead(403, { "content-type": "application/json", "x-amzn-errortype": "AccessDeniedException" });
    to.end('{"Message":"not today"}');
    from.resume();
  };
  const forward = (from: IncomingMessage, to: ServerResponse): void => {
    if (forbidden(`${from.method} ${from.url}`)) return void deny(from, to);
    const write = writeOf(from);
    if (write !== undefined) {
      if (refused(write, writes.length)) return void deny(from, to);
      writes.push(write);
    }
    const { method, url, headers } = from;
    const isLost = lost(`${method} ${url}`);
    const onwards = request({ hostname, port, method, path: url, headers }, (answer) => {
      if (isLost) {
        answer.resume().on("end", () => to.writeHead(500, { "content-type": "application/json" }).end("{}"));
        return;
      }
      to.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(to);
    });
    onwards.on("error", () => to.destroy());
    from.pipe(onwards);
  };
  const server: Server = createServer(forward);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get writes() {
      return writes;
    },
    clear() {
      writes = [];
    },
    refuse(which) {
      refused = which;
    },
    forbid(which) {
      forbidden = which;
    },
    lose(which) {
      lost = which;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
