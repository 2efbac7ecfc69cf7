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
  const forward = (from: IncomingMessage, to: ServerResponse): void => {
    const write = writeOf(from);
    if (write !== undefined) {
      if (refused(write, writes.length)) {
        to.writeHead(403, { "content-type": "application/json", "x-amzn-errortype": "AccessDeniedException" });
        to.end('{"Message":"not today"}');
        from.resume();
        return;
      }
      writes.push(write);
    }
    const { method, url, headers } = from;
    const onwards = request({ hostname, port, method, path: url, headers }, (answer) => {
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
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
