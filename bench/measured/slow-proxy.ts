/**
 * A proxy in front of a server on this machine, which counts the HTTP requests and holds each back, as the way to AWS does. It passes the
 * bytes on as they are: one that spoke HTTP itself would use the processors as much as those who are measured.
 */

import type { AddressInfo } from "node:net";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** What a request begins with; bodies come in pieces of their own, or behind it. */
const REQUEST_LINE = /^[A-Z]+ \S+ HTTP\/1\.[01]\r\n/;
/** Bytes that are looked at for it. */
const LONGEST_LINE = 8192;

export class SlowProxy {
  /** Milliseconds that a request is held back before it is passed on. */
  delay = 0;
  #count = 0;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor(target: number) {
    this.#server = createServer({ noDelay: true }, (client) => {
      const server = connect({ host: "127.0.0.1", port: target, noDelay: true });
      this.#pass(client, server, (piece) => this.#held(piece));
      this.#pass(server, client);
    });
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
    for (const socket of this.#sockets) socket.destroy();
  }

  /** @param wait what a piece waits for, if for anything; those behind it wait too */
  #pass(from: Socket, to: Socket, wait?: (piece: Buffer) => Promise<void> | undefined): void {
    this.#sockets.add(from);
    const send = (piece: Buffer): boolean => {
      const isTaken = to.write(piece);
      if (!isTaken) to.once("drain", () => from.resume());
      return isTaken;
    };
    from.on("data", (piece: Buffer) => {
      const waited = wait?.(piece);
      if (waited === undefined) return void (send(piece) || from.pause());
      from.pause();
      void waited.then(() => send(piece) && from.resume());
    });
    from.on("end", () => to.end());
    from.on("error", () => to.destroy());
    from.on("close", () => {
      this.#sockets.delete(from);
      to.destroySoon();
    });
  }

  #held(piece: Buffer): Promise<void> | undefined {
    if (!REQUEST_LINE.test(piece.toString("latin1", 0, LONGEST_LINE))) return undefined;
    this.#count++;
    return sleep(this.delay);
  }
}
