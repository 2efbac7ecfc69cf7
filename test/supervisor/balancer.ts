/** An HTTP proxy in front of a storage that answers the first requests by itself, as balancers and gateways do. */
import { once } from "node:events";
import { createServer, type OutgoingHttpHeaders, request } from "node:http";
import type { AddressInfo } from "node:net";

export interface OwnAnswer {
  readonly status: number;
  readonly headers?: OutgoingHttpHeaders;
  readonly body: string;
}

export class Balancer {
  /** Requests that it answered by itself. */
  answered = 0;
  /** Regions for which the requests were signed that it handed on. */
  readonly regions: (string | undefined)[] = [];
  readonly #server;

  private constructor(target: URL, own: OwnAnswer, count: number) {
    this.#server = createServer((from, to) => {
      if (this.answered < count) {
        this.answered++;
        from.resume();
        to.writeHead(own.status, { "Content-Length": Buffer.byteLength(own.body), ...own.headers }).end(own.body);
        return;
      }
      const { method, url: path, headers } = from;
      this.regions.push(headers.authorization?.split("/")[2]);
      const through = request({ host: target.hostname, port: target.port, method, path, headers }, (answer) => {
        to.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(to);
      });
      from.pipe(through);
    });
  }

  /** @param count requests that get the answer `own` */
  static async start(target: string, own: OwnAnswer, count: number): Promise<Balancer> {
    const balancer = new Balancer(new URL(target), own, count);
    balancer.#server.listen(0, "127.0.0.1");
    await once(balancer.#server, "listening");
    return balancer;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
