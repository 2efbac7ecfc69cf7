/**
 * A connection to a server of HTTP/1.1, one request at a time. Node's own client takes as much processor time for a small object as the
 * server does; here an answer is read in one go into memory that all connections share, and passed on without a stream.
 */
import { connect, isIP, type Socket, type TcpNetConnectOpts } from "node:net";
import { type AnswerHead, answerHead, LONGEST_HEAD } from "./message.ts";

/** Milliseconds without a byte. */
const SILENCE = 60_000;
/** Bytes that are read at once. */
const READ = 256 * 1024;

/** Bytes of a body up to which a copy of it costs less than a second piece of a write. */
const JOINED = 64 * 1024;

const EMPTY = Buffer.alloc(0);

export interface Origin {
  /** `http:` or `https:` */
  readonly protocol: string;
  readonly hostname: string;
  readonly port: number | undefined;
}

/** Begins a connection to one origin. */
export type Dial = (options: Pick<TcpNetConnectOpts, "noDelay" | "onread">) => Socket;

/** The code of TLS is loaded for who needs it: it takes as long as everything else that a connection needs. */
export async function dialOf({ protocol, hostname, port }: Origin): Promise<Dial> {
  const host = hostname.replace(/^\[|\]$/g, "");
  if (protocol !== "https:") return (options) => connect({ ...options, host, port: port ?? 80 });
  const tls = await import("node:tls");
  const name = isIP(host) === 0 ? { servername: host } : {};
  return (options) => tls.connect({ ...options, host, port: port ?? 443, ...name });
}

/** Gets the body, piece after piece; a piece is valid until the call returns. */
export type TakeBody = (piece: Uint8Array) => void;

/** Told the head of an answer that has a body of known length; undefined: the body is not wanted. What it throws ends the request. */
export type OnAnswer = (answer: AnswerHead) => TakeBody | undefined;

/** There is no answer, or only a part of it. */
export class ConnectionBroken extends Error {}

/** The server speaks in a way that only a complete client knows. */
export class NotUnderstood extends ConnectionBroken {}

export interface Request {
  readonly head: string;
  readonly body?: Uint8Array | undefined;
  /** The length that the answer tells is that of a body that does not come (HEAD). */
  readonly hasNoBody?: boolean;
}

interface Exchange {
  readonly hasNoBody: boolean;
  readonly onAnswer: OnAnswer;
  readonly resolve: (answer: AnswerHead) => void;
  readonly reject: (error: unknown) => void;
  /** What there is of the head. */
  begun: Buffer;
  answer?: AnswerHead;
  take?: TakeBody | undefined;
  /** Bytes of the body that are still to come. */
  left: number;
}

/** Read into by whichever connection has bytes, and emptied before the next one has. */
let shared: Buffer | undefined;

export class Connection {
  readonly #socket: Socket;
  #exchange: Exchange | undefined;

  constructor(dial: Dial) {
    shared ??= Buffer.allocUnsafeSlow(READ);
    const buffer = shared;
    const callback = (count: number): boolean => {
      this.#read(buffer.subarray(0, count));
      return true;
    };
    this.#socket = dial({ noDelay: true, onread: { buffer, callback } });
    this.#socket.setTimeout(SILENCE, () => this.destroy());
    this.#socket.on("error", (cause) => this.#break(cause.message, cause));
    this.#socket.on("close", () => this.#break("the connection was closed"));
  }

  /** Whether it can be asked. */
  get isFree(): boolean {
    return this.#exchange === undefined && !this.#socket.destroyed && this.#socket.writable;
  }

  /** The answer, once its body was taken. Throws {@link ConnectionBroken}, or what `onAnswer` threw. */
  ask({ head, body, hasNoBody = false }: Request, onAnswer: OnAnswer): Promise<AnswerHead> {
    return new Promise((resolve, reject) => {
      this.#exchange = { hasNoBody, onAnswer, resolve, reject, begun: EMPTY, left: 0 };
      if (body === undefined || body.length > JOINED) {
        this.#socket.cork();
        this.#socket.write(head, "latin1");
        if (body !== undefined) this.#socket.write(body);
        this.#socket.uncork();
      } else {
        const all = Buffer.allocUnsafe(head.length + body.length);
        all.write(head, "latin1");
        all.set(body, head.length);
        this.#socket.write(all);
      }
    });
  }

  /** What is under way fails. */
  destroy(): void {
    this.#socket.destroy();
    this.#break("the connection was closed");
  }

  #break(message: string, cause?: Error): void {
    // An error is made with its stack: not for each connection that ends with nothing under way.
    if (this.#exchange !== undefined) this.#fail(new ConnectionBroken(message, { cause }));
  }

  #fail(error: unknown): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    exchange?.reject(error);
  }

  #read(bytes: Buffer): void {
    const exchange = this.#exchange;
    // Nothing was asked: whatever this is, the next answer would be taken for another's.
    if (exchange === undefined) return void this.#socket.destroy();
    try {
      const body = exchange.answer === undefined ? readHead(exchange, bytes) : bytes;
      if (body !== undefined) this.#readBody(exchange, exchange.answer!, body);
    } catch (error) {
      this.#fail(error);
      this.#socket.destroy();
    }
  }

  #readBody(exchange: Exchange, answer: AnswerHead, bytes: Buffer): void {
    const piece = bytes.length > exchange.left ? bytes.subarray(0, exchange.left) : bytes;
    exchange.left -= piece.length;
    if (piece.length > 0) exchange.take?.(piece);
    if (exchange.left > 0) return;
    this.#exchange = undefined;
    // More than was announced, or an answer to a request that has not gone out yet.
    const isDone = piece.length === bytes.length && this.#socket.writableLength === 0;
    const isFramed = answer.length !== undefined || exchange.hasNoBody;
    if (!answer.isPersistent || !isFramed || !isDone) this.#socket.destroy();
    exchange.resolve(answer);
  }
}

/** The bytes of the body that came with the end of the head; undefined: there is more of the head to come. */
function readHead(exchange: Exchange, bytes: Buffer): Buffer | undefined {
  const all = exchange.begun.length === 0 ? bytes : Buffer.concat([exchange.begun, bytes]);
  const end = all.indexOf("\r\n\r\n", 0, "latin1");
  if (end < 0 || end > LONGEST_HEAD) {
    if (all.length > LONGEST_HEAD) throw new NotUnderstood("an answer with too long a head");
    exchange.begun = Buffer.from(all);
    return undefined;
  }
  const answer = parsed(all.toString("latin1", 0, end));
  exchange.answer = answer;
  if (exchange.hasNoBody) return all.subarray(end + 4);
  exchange.left = answer.length ?? 0;
  // A body without a length is not read: the connection ends here.
  if (answer.length !== undefined) exchange.take = exchange.onAnswer(answer);
  return all.subarray(end + 4);
}

function parsed(text: string): AnswerHead {
  try {
    return answerHead(text);
  } catch (cause) {
    throw new NotUnderstood((cause as Error).message, { cause });
  }
}
