/** An HTTP proxy of the test's own: whatever host it is asked for, it leads to the test's servers, and it keeps what it was asked. */
import { createServer, request } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";

export interface ForwardProxy {
  /** `127.0.0.1:PORT`. */
  readonly name: string;
  /** `METHOD TARGET PROXY-AUTHORIZATION` of each request, `-` for none. */
  readonly asked: readonly string[];
  close(): void;
}

/** @param target `host:port` for all, or for each host; @param allow false: answers 407 to all */
export async function startForwardProxy(
  target: string | ((host: string) => string),
  allow = true,
): Promise<ForwardProxy> {
  const asked: string[] = [];
  const leadTo = (host: string) => (typeof target === "string" ? target : target(host)).split(":");
  const sockets = new Set<Socket>();
  const server = createServer((incoming, outgoing) => {
    asked.push(`${incoming.method} ${incoming.url} ${incoming.headers["proxy-authorization"] ?? "-"}`);
    if (!allow) return void outgoing.writeHead(407).end();
    const url = new URL(incoming.url ?? "");
    const { "proxy-authorization": _, ...headers } = incoming.headers;
    const [hostname, port] = leadTo(url.hostname);
    request({ hostname, port, path: url.pathname, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(outgoing);
    }).end();
  });
  server.on("connect", (incoming, socket: Socket) => {
    asked.push(`CONNECT ${incoming.url} ${incoming.headers["proxy-authorization"] ?? "-"}`);
    if (!allow) return void socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    const [hostname, port] = leadTo((incoming.url ?? "").replace(/:\d+$/, ""));
    const through = connect(Number(port), hostname, () => socket.write("HTTP/1.1 200 OK\r\n\r\n"));
    socket.pipe(through).pipe(socket);
    for (const end of [socket, through]) {
      sockets.add(end);
      end.on("error", () => {});
    }
  });
  server.on("connection", (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    name: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
