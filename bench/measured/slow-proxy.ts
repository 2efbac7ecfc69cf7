/** An HTTP proxy in front of a server on this machine, which counts the requests and holds each back, as the way to AWS does. */
import { Agent, createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export class SlowProxy {
  /** Milliseconds that a request is held back before it is passed on. */
  delay = 0;
  #count = 0;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #server: Server;

  private constructor(target: number) {
    this.#server = createServer(async (incoming, outgoing) => {
      this.#count++;
      await sleep(this.delay);
      const { method, url, rawHeaders: headers } = incoming;
      const onward = request({ host: "127.0.0.1", port: target, method, path: url, headers, agent: this.#agent });
      onward.on("response", (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
        answer.pipe(outgoing);
      });
      // 100 Continue was answered by this server already.
      onward.on("error", () => outgoing.destroy());
      incoming.pipe(onward);
    });
    this.#server.keepAliveTimeout = 60_000;
  }

  static async start(target: number): Promise<SlowProxy> {
    const proxy = new SlowProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Requests since the last time this was asked. */
  taken(): number {
    const count = this.#count;
    this.#count = 0;
    return count;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
    this.#agent.destroy();
  }
}
