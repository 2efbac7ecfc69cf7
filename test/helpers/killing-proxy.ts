/** An HTTP proxy between a command and the local AWS, which counts the requests and kills the command at one of them. */
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { type Answer, ImageFunctions } from "./image-functions.ts";

/** Where a command is killed: before its nth request reaches AWS, or when AWS has carried it out and before the answer is told. */
export interface Cut {
  /** From 1. */
  readonly at: number;
  readonly when: "before" | "after";
}

export class KillingProxy {
  readonly #port: number;
  readonly #images: ImageFunctions;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((incoming, outgoing) => {
    const call = `${incoming.method} ${incoming.url}`;
    const counts = !this.#waitedFor.has(call);
    if (counts) this.#count++;
    if (/^GET .*\/configuration$/.test(call)) this.#waitedFor.add(call);
    const number = counts ? this.#count : 0;
    this.#turn = this.#turn.then(() => this.#serve(number, incoming, outgoing));
  });
  #count = 0;
  /** A function is asked for until it is active: only the first time counts, so that a command always has as many calls. */
  readonly #waitedFor = new Set<string>();
  /** Resolves when the requests before are answered: one after the other, so that a cut parts what AWS did from what it never saw. */
  #turn: Promise<unknown> = Promise.resolve();
  #cut: { readonly where: Cut; readonly kill: () => void } | undefined;
  #dead = false;

  private constructor(port: number, images: ImageFunctions) {
    this.#port = port;
    this.#images = images;
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  /** @param port the local AWS's. @param images functions that are shown as running from an image */
  static async start(port: number, images = new ImageFunctions()): Promise<KillingProxy> {
    const proxy = new KillingProxy(port, images);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  /** Calls so far. */
  get calls(): number {
    return this.#count;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** `kill` is called at the request that `where` says, counted over the proxy's life. */
  arm(where: Cut, kill: () => void): void {
    this.#cut = { where, kill };
  }

  /** Waits until AWS has carried out what had reached it, and closes. */
  async close(): Promise<void> {
    await this.#turn;
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(number: number, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    if (this.#dead) return;
    const body = await bytesOf(incoming).catch(() => undefined);
    if (body === undefined) return;
    const cut = this.#cut?.where.at === number ? this.#cut : undefined;
    if (cut?.where.when === "before") return this.#killNow(cut.kill);
    const call = `${incoming.method} ${incoming.url}`;
    const refusal = this.#images.refusal(call);
    const given = refusal ?? (await this.#forward(incoming, body).catch(() => undefined));
    const answer = given && this.#images.shown(call, given);
    if (cut !== undefined) this.#killNow(cut.kill);
    if (cut !== undefined || answer === undefined) return void outgoing.destroy();
    // The answer may be longer than AWS's was.
    outgoing.writeHead(answer.status, without(answer.headers, ["content-length"])).end(answer.body);
  }

  #killNow(kill: () => void): void {
    this.#dead = true;
    kill();
  }

  /** The headers as they came: the signature covers Host. */
  #forward({ method, url, rawHeaders }: IncomingMessage, body: Buffer): Promise<Answer> {
    const headers = without(rawHeaders, ["connection", "expect", "transfer-encoding", "content-length"]);
    headers.push("content-length", String(body.length));
    return new Promise((resolve, reject) => {
      const sent = request(
        { host: "127.0.0.1", port: this.#port, method, path: url, headers, agent: false },
        (answer) =>
          bytesOf(answer).then(
            (bytes) => resolve({ status: answer.statusCode ?? 0, headers: answer.rawHeaders, body: bytes }),
            reject,
          ),
      );
      sent.on("error", reject);
      sent.end(body);
    });
  }
}

/** Raw headers, name and value in turns, without some. */
function without(headers: readonly string[], names: readonly string[]): string[] {
  return headers.filter((_, index) => !names.includes(headers[index - (index % 2)]!.toLowerCase()));
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
