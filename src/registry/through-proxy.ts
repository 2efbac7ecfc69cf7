/**
 * Requests through a proxy. HTTPS: CONNECT (RFC 9110, section 9.3.6), then TLS with the server itself; the proxy sees its name only.
 * Plain HTTP: the proxy is asked for the whole URL (RFC 9112, section 3.2.2).
 */
import { type Agent, type ClientRequest, request } from "node:http";
import { type AgentOptions, Agent as SecureAgent, request as secureRequest } from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type ConnectionOptions, connect } from "node:tls";
import { LinkError, linkError } from "./link-error.ts";
import type { ProxyServer } from "./proxy.ts";

/** What Node hands to `createConnection`: a request's options with the server's name. */
interface Target extends ConnectionOptions {
  readonly host?: string;
  readonly port?: number;
}

type Connected = (error: Error | null, socket?: Duplex) => void;

export interface TunnelOptions {
  /** Milliseconds until the proxy has led to the server. */
  readonly connectMs: number;
  /** Ends the waiting for it. */
  readonly signal?: AbortSignal;
}

/** The proxy for a server (`https://HOST:PORT`); undefined: straight to it. */
export type ProxyOf = (server: URL) => ProxyServer | undefined;

export class TunnelAgent extends SecureAgent {
  readonly #proxyOf: ProxyOf;
  readonly #tunnelOptions: TunnelOptions;

  constructor(proxyOf: ProxyOf, tunnelOptions: TunnelOptions, options: AgentOptions) {
    super(options);
    this.#proxyOf = proxyOf;
    this.#tunnelOptions = tunnelOptions;
  }

  /** Called by Node for each new connection. */
  override createConnection(target: Target, done: Connected): Duplex | null | undefined {
    const { host = "", port = 443 } = target;
    const server = `${host.includes(":") ? `[${host}]` : host}:${port}`;
    const proxy = this.#proxyOf(new URL(`https://${server}`));
    if (proxy === undefined) return super.createConnection(target, done);
    this.#tunnel(proxy, server).then(
      (socket) => done(null, connect({ ...target, socket })),
      (error: unknown) => done(linkError(error)),
    );
    return undefined;
  }

  #tunnel(proxy: ProxyServer, server: string): Promise<Socket> {
    const { connectMs, signal } = this.#tunnelOptions;
    const asked = (proxy.protocol === "https:" ? secureRequest : request)({
      method: "CONNECT",
      hostname: proxy.hostname.replace(/^\[|\]$/g, ""),
      port: proxy.port,
      path: server,
      headers: {
        host: server,
        ...(proxy.authorization === undefined ? {} : { "proxy-authorization": proxy.authorization }),
      },
      agent: false,
    });
    const timer = setTimeout(() => asked.destroy(new LinkError("slow", "it does not answer")), connectMs);
    const abort = (): void => void asked.destroy(new LinkError("broken", "it is no longer wanted"));
    signal?.addEventListener("abort", abort, { once: true });
    return new Promise<Socket>((resolve, reject) => {
      asked.once("connect", (answer, socket) => {
        if (answer.statusCode === 200) return resolve(socket as Socket);
        socket.destroy();
        const login = answer.statusCode === 407 ? " (it wants another user name or password)" : "";
        reject(new LinkError("proxy", `the proxy ${proxy.name} answers ${answer.statusCode} for ${server}${login}`));
      });
      asked.once("response", (answer) => {
        answer.destroy();
        reject(new LinkError("proxy", `the proxy ${proxy.name} answers ${answer.statusCode} for ${server}`));
      });
      asked.on("error", (cause) => {
        reject(
          new LinkError("proxy", `the proxy ${proxy.name} cannot be used: ${linkError(cause).message}`, { cause }),
        );
      });
      asked.end();
    }).finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    });
  }
}

/** A request over plain HTTP; `agent` must be one for the proxy's protocol. */
export function requestThrough(
  proxy: ProxyServer,
  url: URL,
  { method, headers }: { method: string; headers: Readonly<Record<string, string>> },
  agent: Agent,
): ClientRequest {
  const login = proxy.authorization === undefined ? {} : { "proxy-authorization": proxy.authorization };
  return (proxy.protocol === "https:" ? secureRequest : request)({
    hostname: proxy.hostname.replace(/^\[|\]$/g, ""),
    port: proxy.port,
    method,
    path: url.href,
    headers: { ...headers, ...login, host: url.host },
    agent,
  });
}
