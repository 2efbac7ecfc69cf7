/** One repository of one registry: GET requests of the distribution API (OCI distribution-spec), logged in where it is wanted. */
import { setMaxListeners } from "node:events";
import { anySignal } from "../any-signal.ts";
import type { ScarError } from "../errors.ts";
import { type AttemptOptions, PassingFailure, withAttempts } from "./attempts.ts";
import { Authenticator } from "./authenticator.ts";
import { type CredentialOptions, findCredential } from "./credential.ts";
import { errorCodes } from "./error-codes.ts";
import { failed, notFoundOrPrivate } from "./failures.ts";
import { apiHost, mayBePlain } from "./hosts.ts";
import { LinkError } from "./link-error.ts";
import { PATIENCE, type Patience } from "./patience.ts";
import { isPullLimit, rateLimitError, retryAfterMs } from "./rate-limit.ts";
import type { ImageReference } from "./reference.ts";
import { discard, type Followed, Requester } from "./requester.ts";
import { shownText } from "./shown-text.ts";

export interface ClientOptions extends CredentialOptions {
  readonly insecure?: readonly string[];
  readonly patience?: Partial<Patience>;
  readonly howToLogIn?: string;
}

export interface Wanted {
  /** Below `/v2/REPOSITORY/`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** What 404 means; `codes`: the registry's own words (`NAME_UNKNOWN` …). */
  readonly missing: (codes: readonly string[]) => ScarError | Promise<ScarError>;
}

/** Bytes of an error's body that are read. */
const ERROR_LIMIT = 64 * 1024;

/** Times that a request may find its token too old. */
const RENEWALS = 2;

/** Attempts at a storage server that refuses: another request gets another signed address. */
const STORAGE_ATTEMPTS = 3;

/** Milliseconds for TLS with a server that may speak plain HTTP: some of those just wait for more. */
const PROBE_MS = 3000;

export class RegistryClient {
  readonly reference: ImageReference;
  /** For what is repeated outside of here. */
  readonly attempts: AttemptOptions;
  readonly requester: Requester;
  readonly #authenticator: Authenticator;
  readonly #mayBePlain: boolean;
  readonly #closing = new AbortController();
  #origin: string | undefined;

  constructor(reference: ImageReference, options: ClientOptions) {
    this.reference = reference;
    const { env, notice, signal } = options;
    const insecure = (options.insecure ?? []).map((host) => host.toLowerCase());
    const patience = { ...PATIENCE, ...options.patience };
    const ended = signal === undefined ? this.#closing.signal : anySignal([signal, this.#closing.signal]);
    // As many as there are requests.
    setMaxListeners(0, ended);
    this.attempts = { patience, signal: ended, ...(notice === undefined ? {} : { notice }) };
    this.requester = new Requester(reference, { env, patience, signal: ended });
    this.#mayBePlain = mayBePlain(reference.registry, insecure);
    this.#authenticator = new Authenticator({
      reference,
      requester: this.requester,
      attempts: this.attempts,
      insecure,
      howToLogIn: options.howToLogIn,
      find: () => findCredential(reference, { ...options, signal: ended }),
    });
  }

  /** A small document, whole, with all attempts. */
  async document(
    wanted: Wanted,
    limit: number,
    tooLarge: () => ScarError,
  ): Promise<{ data: Buffer; answer: Followed }> {
    return withAttempts(this.attempts, async () => {
      const answer = await this.open(wanted);
      return { answer, data: await this.requester.body(answer.url, answer, limit, tooLarge) };
    });
  }

  /** One attempt: the answer 200 or 206, its body unread. Throws PassingFailure or ScarError. */
  async open({ path, headers = {}, missing }: Wanted): Promise<Followed> {
    const request = { accept: "*/*", "accept-encoding": "identity", "user-agent": "scar", ...headers };
    const full = `/v2/${this.reference.repository}/${path}`;
    for (let renewals = 0; ; renewals++) {
      const authorization = this.#authenticator.header;
      const shown = authorization === undefined ? request : { ...request, authorization };
      const answer = await this.#get(full, shown);
      if (answer.status === 200 || answer.status === 206) return answer;
      if (answer.status !== 401 || !this.requester.isRegistry(answer.url)) throw await this.#failureOf(answer, missing);
      discard(answer);
      const challenge = answer.headers["www-authenticate"] ?? "";
      // A new token is no use where this one, just made, does not allow it.
      const isDenied = renewals > 0 && /\binsufficient_scope\b/.test(challenge);
      if (isDenied || renewals === RENEWALS) throw notFoundOrPrivate(this.reference, this.#authenticator.login);
      const isPlain = answer.url.protocol === "http:";
      await this.#authenticator.renew({ challenge, shown: authorization, isPlain });
    }
  }

  /** Ends what is under way; nothing can be asked afterwards. */
  close(): void {
    this.#closing.abort();
    this.requester.close();
  }

  /** HTTPS; where plain HTTP is allowed, that if the server does not speak TLS. */
  async #get(path: string, headers: Readonly<Record<string, string>>): Promise<Followed> {
    const host = apiHost(this.reference.registry);
    if (this.#origin === undefined && this.#mayBePlain) {
      this.#origin = (await this.#speaksTls(host)) ? `https://${host}` : `http://${host}`;
    }
    const origin = this.#origin ?? `https://${host}`;
    return this.requester.follow(new URL(`${origin}${path}`), { headers });
  }

  async #speaksTls(host: string): Promise<boolean> {
    const url = new URL(`https://${host}/v2/`);
    const connectMs = Math.min(PROBE_MS, this.attempts.patience.connectMs);
    try {
      const request = { headers: { "user-agent": "scar" }, connectMs, believesNone: true };
      discard(await this.requester.once(url, request));
      return true;
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
      return error.trouble === "certificate";
    }
  }

  async #failureOf(answer: Followed, missing: Wanted["missing"]): Promise<PassingFailure | ScarError> {
    const { status, headers, url } = answer;
    const { requester, reference } = this;
    const server = requester.nameOf(url);
    const text = await this.#errorText(answer);
    const waitMs = retryAfterMs(headers["retry-after"]);
    if (status === 429) {
      const { login } = this.#authenticator;
      const limited = rateLimitError({ image: `${reference}`, registry: reference.registry, headers, login });
      return isPullLimit(headers, text) ? limited : new PassingFailure(limited, { waitMs });
    }
    const codes = errorCodes(text);
    const final = failed(reference, server, status, shownText(codes.join(", ")));
    if (status >= 500 || status === 408) return new PassingFailure(final, { waitMs });
    if (!requester.isRegistry(url)) return new PassingFailure(final, { attempts: STORAGE_ATTEMPTS });
    if (status === 403) return notFoundOrPrivate(reference, this.#authenticator.login);
    return status === 404 ? missing(codes) : final;
  }

  async #errorText(answer: Followed): Promise<string> {
    try {
      const tooLong = () => failed(this.reference, "", 0, "");
      return (await this.requester.body(answer.url, answer, ERROR_LIMIT, tooLong)).toString("utf8");
    } catch {
      return "";
    }
  }
}
