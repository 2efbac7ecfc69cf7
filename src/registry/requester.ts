/** Requests to a registry and the servers it names: redirects, and what their failures mean. */
import type { ScarError } from "../errors.ts";
import { PassingFailure } from "./attempts.ts";
import { failed, unreachable } from "./failures.ts";
import { apiHost } from "./hosts.ts";
import { type Exchange, Link, type LinkRequest } from "./link.ts";
import { LinkError } from "./link-error.ts";
import type { Patience } from "./patience.ts";
import type { ImageReference } from "./reference.ts";
import { shownHost } from "./shown-text.ts";

export interface RequesterOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly patience: Patience;
  readonly signal: AbortSignal;
}

/** The answer at the end of all redirects. */
export interface Followed extends Exchange {
  readonly url: URL;
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

const REDIRECT_LIMIT = 6;

/** Bytes of a body nobody wants that are read so that the connection can be used again. */
const DISCARD_LIMIT = 64 * 1024;

/** Attempts at a server that has never answered: it may be gone for good. */
const FIRST_ATTEMPTS = 3;

export class Requester {
  readonly #reference: ImageReference;
  readonly #link: Link;
  readonly #answerMs: number;
  /** Hosts that have answered: what they fail in from then on may pass. */
  readonly #answered = new Set<string>();

  constructor(reference: ImageReference, options: RequesterOptions) {
    this.#reference = reference;
    this.#answerMs = options.patience.answerMs;
    this.#link = new Link(options.env, options.patience, options.signal);
  }

  /** One exchange. Throws LinkError as it is: for who has another way to try. */
  async once(url: URL, request: LinkRequest): Promise<Exchange> {
    const exchange = await this.#link.exchange(url, request);
    this.#answered.add(url.host);
    return exchange;
  }

  /**
   * A GET, and what it redirects to. Authorization is shown to the first URL's origin alone, and HTTPS never leads to plain HTTP.
   * Throws PassingFailure or ScarError.
   */
  async follow(start: URL, request: LinkRequest): Promise<Followed> {
    let url = start;
    const { authorization, ...open } = request.headers;
    for (let hop = 0; hop < REDIRECT_LIMIT; hop++) {
      const isHome = url.origin === start.origin;
      const headers = isHome && authorization !== undefined ? { ...open, authorization } : open;
      const exchange = await this.send(url, { ...request, headers });
      const { location } = exchange.headers;
      if (!REDIRECTS.has(exchange.status) || location === undefined) return { ...exchange, url };
      discard(exchange);
      const next = URL.canParse(location, url.href) ? new URL(location, url.href) : undefined;
      if (next === undefined || !["http:", "https:"].includes(next.protocol))
        throw this.#misled(url, exchange, "no address");
      if (url.protocol === "https:" && next.protocol !== "https:") {
        throw this.#misled(url, exchange, `${shownHost(next.host)}, which would be plain HTTP`);
      }
      url = next;
    }
    throw failed(this.#reference, this.nameOf(start), 300, "too many redirects");
  }

  /** One exchange. Throws PassingFailure or ScarError. */
  async send(url: URL, request: LinkRequest): Promise<Exchange> {
    try {
      return await this.once(url, request);
    } catch (error) {
      throw error instanceof LinkError ? this.failureOf(url, error) : error;
    }
  }

  /**
   * The whole of a small body. Throws PassingFailure where it breaks off or takes longer than an answer may, `tooLarge` above `limit`
   * bytes.
   */
  async body(url: URL, exchange: Exchange, limit: number, tooLarge: () => ScarError): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let length = 0;
    // A byte now and then would never be a stall.
    const timer = setTimeout(() => exchange.body.destroy(), this.#answerMs);
    try {
      for await (const chunk of this.read(url, exchange)) {
        length += chunk.length;
        if (length > limit) throw tooLarge();
        chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    } finally {
      clearTimeout(timer);
    }
  }

  /** The body as it comes. Throws PassingFailure or ScarError. */
  async *read(url: URL, exchange: Exchange): AsyncGenerator<Buffer> {
    try {
      yield* this.#link.read(exchange.body);
    } catch (error) {
      throw error instanceof LinkError ? this.failureOf(url, error) : error;
    }
  }

  /** What trouble on the way to `url` means. */
  failureOf(url: URL, error: LinkError): PassingFailure | ScarError {
    const final = unreachable(this.#reference, this.nameOf(url), error);
    if (error.trouble === "certificate" || error.trouble === "tls") return final;
    if (this.#answered.has(url.host)) return new PassingFailure(final);
    const mayPass = error.trouble === "broken" || error.trouble === "slow" || error.code === "EAI_AGAIN";
    return mayPass ? new PassingFailure(final, { attempts: FIRST_ATTEMPTS }) : final;
  }

  /** A server's name in messages: never the path, which may hold a signature. */
  nameOf(url: URL): string {
    const { registry } = this.#reference;
    return this.isRegistry(url) ? registry : `${shownHost(url.host)}, a server of ${registry},`;
  }

  isRegistry(url: URL): boolean {
    // A URL leaves out the port that its protocol has anyway.
    return url.host === new URL(`${url.protocol}//${apiHost(this.#reference.registry)}`).host;
  }

  close(): void {
    this.#link.close();
  }

  #misled(url: URL, { status }: Exchange, where: string): ScarError {
    return failed(this.#reference, this.nameOf(url), status, `it leads to ${where}`);
  }
}

/** Lets go of a body that nobody wants; of one that does not say how long it is with its connection, since it may have no end. */
export function discard({ body, headers }: Exchange): void {
  const length = headers["content-length"];
  if (length === undefined || Number(length) > DISCARD_LIMIT) body.destroy();
  else body.resume();
}
