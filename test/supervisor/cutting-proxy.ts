/** A TCP proxy in front of a server that breaks connections: a network as it is, with nothing of the client under test replaced. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface CuttingOptions {
  /** Bytes towards the client after which a connection is cut. Default: never. */
  readonly cutDown?: number;
  /** Bytes towards the server after which a connection is cut. Default: never. */
  readonly cutUp?: number;
  /** As the two above, but the connection stays, and nothing more comes. */
  readonly hangDown?: number;
  readonly hangUp?: number;
  /** Connections that are cut or hang, the first ones. Default: all. */
  readonly cuts?: number;
  /** Answers that are lost: the connection is cut in their place. */
  readonly lose?: (chunk: Buffer) => boolean;
  /** Changes what goes to the client; `connection` counts from 0, `offset` is that of the chunk's first byte. */
  readonly change?: (chunk: Buffer, connection: number, offset: number) => Buffer;
  /** Awaited before a connection is cut. */
  readonly onCut?: () => Promise<void>;
}

export class CuttingProxy {
  /** Bytes that reached the client, or the server. */
  down = 0;
  up = 0;
  cut = 0;
  /** First bytes of the ranges that the client asked for. */
  readonly starts: number[] = [];
  #connections = 0;
  readonly #options: CuttingOptions;
  readonly #target: URL;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((client) => this.#pass(client));

  private constructor(target: string, options: CuttingOptions) {
    this.#target = new URL(target);
    this.#options = options;
  }

  static async start(target: string, options: CuttingOptions = {}): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(target, options);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #pass(client: Socket): void {
    const connection = this.#connections++;
    const server = connect(Number(this.#target.port), this.#target.hostname);
    let [down, up] = [0, 0];
    let stopped = false;
    const { change, lose, onCut, hangDown, hangUp } = this.#options;
    const { cutDown = hangDown ?? Number.POSITIVE_INFINITY, cutUp = hangUp ?? Number.POSITIVE_INFINITY } =
      this.#options;
    const hangs = hangDown !== undefined || hangUp !== undefined;
    const cut = async (): Promise<void> => {
      if (this.cut >= (this.#options.cuts ?? Number.POSITIVE_INFINITY)) return;
      this.cut++;
      stopped = true;
      for (const socket of [client, server]) socket.pause();
      if (hangs) return;
      await onCut?.();
      client.resetAndDestroy();
      server.destroy();
    };
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
    client.on("data", (chunk: Buffer) => {
      server.write(chunk);
      for (const [, start] of chunk.toString("latin1").matchAll(/^range: bytes=(\d+)-/gim))
        this.starts.push(Number(start));
      this.up += chunk.length;
      if (up < cutUp && up + chunk.length >= cutUp) void cut();
      up += chunk.length;
    });
    server.on("data", (chunk: Buffer) => {
      if (lose?.(chunk)) return void cut();
      const flowing = client.write(change ? change(chunk, connection, down) : chunk);
      this.down += chunk.length;
      if (down < cutDown && down + chunk.length >= cutDown) void cut();
      down += chunk.length;
      if (flowing) return;
      server.pause();
      client.once("drain", () => {
        if (!stopped) server.resume();
      });
    });
  }
}
