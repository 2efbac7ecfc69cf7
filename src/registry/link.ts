/** HTTP exchanges: kept connections, proxies, time limits. Knows nothing of registries; functions' endpoints are called by it too. */
import { Agent, type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import { Agent as SecureAgent, request as secureRequest } from "node:https";
import { LinkError, linkError } from "./link-error.ts";
import type { Patience } from "./patience.ts";
import { type ProxyServer, proxyFor } from "./proxy.ts";
import { requestThrough, TunnelAgent } from "./through-proxy.ts";

/** What of the patience is about one exchange. */
export type LinkPatience = Pick<Patience, "connectMs" | "answerMs" | "stallMs">;

export interface LinkRequest {
  readonly method?: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Instead of the patience's own. */
  readonly connectMs?: number;
  /** No certificate is believed, and the many that Node would believe need not be read: for who asks only whether there is TLS. */
  readonly believesNone?: boolean;
}

export interface Exchange {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Must be read or destroyed. */
  readonly body: IncomingMessage;
}

/** Milliseconds for one of a host's several addresses; Node's own (250) is short for other continents. */
const ADDRESS_MS = 2000;

const AGENT = { keepAlive: true, autoSelectFamilyAttemptTimeout: ADDRESS_MS };

export class Link {
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #patience: LinkPatience;
  readonly #signal: AbortSignal;
  readonly #agents = new Map<string, Agent>();

  /** @param signal ends every exchange, bodies included, with its reason */
  constructor(env: Readonly<Record<string, string | undefined>>, patience: LinkPatience, signal: AbortSignal) {
    this.#env = env;
    this.#patience = patience;
    this.#signal = signal;
  }

  /**
   * Sends a request and answers as soon as the head of the answer is there, whatever its status; redirects are not followed.
   * Throws LinkError, ScarError `InvalidProxy`, or the signal's reason.
   */
  async exchange(url: URL, options: LinkRequest): Promise<Exchange> {
    const proxy = proxyFor(url, this.#env);
    for (;;) {
      this.#signal.throwIfAborted();
      const sent = this.#send(url, options, proxy);
      try {
        return await this.#answer(sent, options.connectMs ?? this.#patience.connectMs);
      } catch (error) {
        this.#signal.throwIfAborted();
        const failed = linkError(error);
        // The server let go of a kept connection just when we used it again: a new one is as good as the first.
        if (sent.reusedSocket && failed.trouble === "broken") continue;
        if (proxy === undefined || url.protocol === "https:") throw failed;
        throw new LinkError("proxy", `the proxy ${proxy.name} cannot be used: ${failed.message}`, { cause: error });
      }
    }
  }

  /**
   * The body, piece by piece. Throws LinkError where it breaks off or nothing comes for too long, or the signal's reason. Time in
   * which the reader does not ask is not counted.
   */
  async *read(body: IncomingMessage): AsyncGenerator<Buffer> {
    const { stallMs } = this.#patience;
    const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    let isStalled = false;
    const stall = (): void => {
      isStalled = true;
      body.destroy();
    };
    try {
      for (;;) {
        const timer = setTimeout(stall, stallMs);
        const next = await chunks.next().finally(() => clearTimeout(timer));
        if (next.done === true) break;
        yield next.value;
      }
      // A body that was destroyed may look as if it had ended.
      if (body.destroyed && !body.complete) throw new LinkError("broken", "the connection broke off");
    } catch (error) {
      this.#signal.throwIfAborted();
      throw isStalled
        ? new LinkError("slow", `nothing came for ${stallMs / 1000} s`, { code: "ETIMEDOUT", cause: error })
        : linkError(error);
    } finally {
      if (!body.complete) body.destroy();
    }
  }

  /** Ends kept connections. */
  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }

  #send(url: URL, options: LinkRequest, proxy: ProxyServer | undefined): ClientRequest {
    const { method = "GET", headers, body, believesNone = false } = options;
    const secure = url.protocol === "https:";
    const agent = this.#agent(secure, proxy);
    const sent =
      proxy === undefined || secure
        ? (secure ? secureRequest : request)(url, { method, headers, agent, ...(believesNone && { ca: [] }) })
        : requestThrough(proxy, url, { method, headers }, agent);
    sent.end(body);
    return sent;
  }

  #agent(secure: boolean, proxy: ProxyServer | undefined): Agent {
    const key = `${secure} ${proxy?.protocol}${proxy?.name}`;
    const known = this.#agents.get(key);
    if (known !== undefined) return known;
    const isSecure = proxy === undefined ? secure : !secure && proxy.protocol === "https:";
    const agent =
      secure && proxy !== undefined
        ? new TunnelAgent(() => proxy, { connectMs: this.#patience.connectMs, signal: this.#signal }, AGENT)
        : new (isSecure ? SecureAgent : Agent)(AGENT);
    this.#agents.set(key, agent);
    return agent;
  }

  async #answer(sent: ClientRequest, connectMs: number): Promise<Exchange> {
    const body = await this.#head(sent, connectMs);
    // Whoever reads sees it; while nobody does, it must not end the process.
    body.on("error", () => {});
    return { status: body.statusCode ?? 0, headers: body.headers, body };
  }

  #head(sent: ClientRequest, connectMs: number): Promise<IncomingMessage> {
    const { answerMs } = this.#patience;
    const signal = this.#signal;
    const late = (ms: number, what: string) => () =>
      void sent.destroy(new LinkError("slow", `${what} within ${ms / 1000} s`, { code: "ETIMEDOUT" }));
    const answer = setTimeout(late(answerMs, "it did not answer"), answerMs);
    let connect: NodeJS.Timeout | undefined;
    sent.once("socket", (socket) => {
      if (!socket.connecting) return;
      connect = setTimeout(late(connectMs, "it could not be reached"), connectMs);
      socket.once("encrypted" in socket ? "secureConnect" : "connect", () => clearTimeout(connect));
    });
    return new Promise<IncomingMessage>((resolve, reject) => {
      const abort = (): void => {
        // Without an error: a socket that has just been let go would have nobody to hear of it.
        sent.destroy();
        // Before it has a socket, a request tells nobody that it was destroyed.
        reject(signal.reason);
      };
      signal.addEventListener("abort", abort, { once: true });
      sent.once("close", () => signal.removeEventListener("abort", abort));
      sent.once("response", resolve);
      // More than one may come.
      sent.on("error", reject);
      // Without an error where the server wants to change protocols (101), which ends the connection.
      sent.once("close", () => reject(new LinkError("broken", "the connection broke off")));
    }).finally(() => {
      clearTimeout(answer);
      clearTimeout(connect);
    });
  }
}
