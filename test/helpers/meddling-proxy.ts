/** A way to the local AWS on which the answers to GetObject do not stay what they were. */
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What becomes of an answer; undefined: it passes. */
export interface Meddling {
  /** Bytes of the body after which the connection ends. */
  readonly cutAfter?: number;
  /** Changes the first piece of the body. */
  readonly damage?: boolean;
  /** Tells no length. */
  readonly hidesLength?: boolean;
  /** Ends the connection after the answer, and says so. */
  readonly closes?: boolean;
}

export interface MeddlingProxy {
  readonly endpoint: string;
  /** Requests of objects, `GET /bucket/key` and their `range` and `if-match`. */
  readonly asked: { readonly call: string; readonly range: string | undefined; readonly match: string | undefined }[];
  close(): Promise<void>;
}

/** @param meddle told how many times an object was asked for already */
export async function meddlingProxy(
  port: number,
  meddle: (count: number) => Meddling | undefined | Promise<Meddling | undefined>,
): Promise<MeddlingProxy> {
  const asked: MeddlingProxy["asked"] = [];
  const pass = async (from: IncomingMessage, to: ServerResponse): Promise<void> => {
    const { method, url = "", headers } = from;
    const isObject = method === "GET" && !url.includes("list-type");
    const done = isObject ? ((await meddle(asked.length)) ?? {}) : {};
    if (isObject) asked.push({ call: `${method} ${url}`, range: headers.range, match: headers["if-match"] });
    const onwards = request({ host: "127.0.0.1", port, method, path: url, headers, agent: false }, (answer) => {
      const { "content-length": length, connection: _, ...others } = answer.headers;
      to.writeHead(answer.statusCode ?? 500, {
        ...others,
        ...(!done.hidesLength && length !== undefined && { "content-length": length }),
        ...(done.closes && { connection: "close" }),
      });
      let left = done.cutAfter ?? Number.POSITIVE_INFINITY;
      let first = done.damage === true;
      answer.on("data", (piece: Buffer) => {
        if (left <= 0) return;
        if (first) piece[0]! ^= 1;
        first = false;
        to.write(piece.subarray(0, left));
        left -= piece.length;
        // What was written is to arrive before the end.
        if (left <= 0) setTimeout(() => to.destroy(), 50);
      });
      answer.on("end", () => (left > 0 ? to.end() : undefined));
    });
    onwards.on("error", () => to.destroy());
    from.pipe(onwards);
  };
  const server = createServer((from, to) => void pass(from, to));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
