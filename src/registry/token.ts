/**
 * Shows a registry who we are: Basic, or a token from the server that its challenge names (distribution project,
 * `spec/auth/token.md` and `oauth.md`), as nobody where there is no login.
 */
import { ScarError } from "../errors.ts";
import { type AttemptOptions, PassingFailure, withAttempts } from "./attempts.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import { parseJson } from "./config.ts";
import type { Credential, FoundCredential } from "./credential.ts";
import { failed, type Login, loginFailed, notFoundOrPrivate } from "./failures.ts";
import { mayBePlain } from "./hosts.ts";
import { rateLimitError, retryAfterMs } from "./rate-limit.ts";
import type { ImageReference } from "./reference.ts";
import type { Requester } from "./requester.ts";

export interface AuthenticatorOptions {
  readonly reference: ImageReference;
  readonly requester: Requester;
  readonly attempts: AttemptOptions;
  /** Hosts besides loopback that may be talked to over plain HTTP. */
  readonly insecure: readonly string[];
  /** Looks for the user's login; called once, when the registry wants to know. */
  readonly find: () => Promise<FoundCredential>;
}

/** Longest answer of a token server, in bytes. */
const TOKEN_ANSWER_LIMIT = 1024 * 1024;

/** What may stand in a header (RFC 6750's b64token, and what is printed otherwise). */
const PRINTABLE = /^[\x21-\x7e]+$/;

export class Authenticator {
  readonly #options: AuthenticatorOptions;
  #header: string | undefined;
  #renewing: Promise<string> | undefined;
  #finding: Promise<FoundCredential> | undefined;
  #login: Login = { user: undefined };

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
  }

  /** Value of Authorization that was good last; undefined before a registry wanted one. */
  get header(): string | undefined {
    return this.#header;
  }

  /** Who we are, as far as the registry wanted to know. */
  get login(): Login {
    return this.#login;
  }

  /**
   * A new value for Authorization, after the answer 401. `refused`: the value that was shown. Calls that come together share one
   * request. Throws ScarError `RegistryLoginFailed`, `ImageNotFound`, `RegistryFailed` …
   */
  async renew(wanted: string | undefined, refused: string | undefined, isPlain: boolean): Promise<string> {
    if (this.#header !== undefined && this.#header !== refused) return this.#header;
    this.#renewing ??= this.#obtain(wanted ?? "", refused, isPlain)
      .then((header) => {
        this.#header = header;
        return header;
      })
      .finally(() => {
        this.#renewing = undefined;
      });
    return this.#renewing;
  }

  async #obtain(wanted: string, refused: string | undefined, isPlain: boolean): Promise<string> {
    const { reference, find } = this.#options;
    this.#finding ??= find();
    const { credential, trouble } = await this.#finding;
    this.#login = {
      user: credential === undefined ? undefined : userOf(credential),
      ...(credential === undefined ? {} : { source: credential.source }),
      ...(trouble === undefined ? {} : { trouble }),
    };
    const challenges = parseChallenges(wanted);
    const bearer = challenges.find(
      ({ scheme, parameters }) => scheme === "bearer" && parameters["realm"] !== undefined,
    );
    const header =
      credential?.kind === "token"
        ? `Bearer ${printable(credential.token, reference, this.#login)}`
        : bearer !== undefined
          ? await withAttempts(this.#options.attempts, () => this.#token(bearer, credential, isPlain))
          : basicOf(credential);
    if (header === undefined) throw notFoundOrPrivate(reference, this.#login);
    if (header === refused) throw loginFailed(reference, this.#login);
    return header;
  }

  /** `Bearer …` from the challenge's token server. */
  async #token(challenge: Challenge, credential: Credential | undefined, isPlain: boolean): Promise<string> {
    const { reference, requester } = this.#options;
    const url = this.#realm(challenge.parameters["realm"]!, isPlain);
    const { service, scope = `repository:${reference.repository}:pull` } = challenge.parameters;
    const asked = new URLSearchParams({ ...(service === undefined ? {} : { service }), scope });
    const server = requester.nameOf(url);
    const headers: Record<string, string> = { accept: "application/json", "user-agent": "scar" };
    let exchange: Awaited<ReturnType<Requester["send"]>>;
    if (credential?.kind === "identity") {
      asked.set("grant_type", "refresh_token");
      asked.set("client_id", "scar");
      asked.set("refresh_token", credential.token);
      headers["content-type"] = "application/x-www-form-urlencoded";
      exchange = await requester.send(url, { method: "POST", headers, body: asked.toString() });
    } else {
      for (const [name, value] of asked) url.searchParams.set(name, value);
      if (credential?.kind === "password") {
        url.searchParams.set("account", credential.username);
        headers["authorization"] = basicOf(credential)!;
      }
      exchange = await requester.follow(url, { headers });
    }
    const tooLong = () => failed(reference, server, exchange.status, "a very long answer");
    const body = (await requester.body(url, exchange, TOKEN_ANSWER_LIMIT, tooLong)).toString("utf8");
    const { status } = exchange;
    if (status === 200) return `Bearer ${this.#tokenIn(body, server)}`;
    const waitMs = retryAfterMs(exchange.headers["retry-after"]);
    if (status === 429) {
      const { user } = this.#login;
      const limited = { image: `${reference}`, registry: reference.registry, headers: exchange.headers, user };
      throw new PassingFailure(rateLimitError(limited), { waitMs });
    }
    if (status >= 500) throw new PassingFailure(failed(reference, server, status, "asked for a token"), { waitMs });
    // OAuth2's token servers answer 400 (`invalid_grant`) for a refresh token that they do not know.
    if (credential !== undefined && (status === 401 || (status === 400 && credential.kind === "identity"))) {
      throw loginFailed(reference, this.#login);
    }
    if (status === 401 || status === 403) throw notFoundOrPrivate(reference, this.#login);
    throw failed(reference, server, status, "asked for a token");
  }

  /** A realm gets the user's password: over plain HTTP only where the registry itself is talked to so, and the realm may be. */
  #realm(realm: string, isPlain: boolean): URL {
    const { reference, insecure } = this.#options;
    const { registry } = reference;
    const url = URL.canParse(realm) ? new URL(realm) : undefined;
    const isGood =
      url !== undefined &&
      url.username === "" &&
      url.password === "" &&
      (url.protocol === "https:" || (url.protocol === "http:" && isPlain && mayBePlain(url.host, insecure)));
    if (isGood) return url;
    const where = url === undefined ? "no address" : `${url.protocol}//${url.host}`;
    throw new ScarError(
      "RegistryFailed",
      `${reference}: ${registry} says to get a token from ${where}, which is not safe`,
      {
        hint: "tokens are fetched over HTTPS only",
      },
    );
  }

  #tokenIn(body: string, server: string): string {
    const { reference } = this.#options;
    const answer = parseJson<{ readonly token?: unknown; readonly access_token?: unknown }>(
      body,
      `what ${server} answers instead of a token`,
      `${reference}`,
    );
    const token = [answer.token, answer.access_token].find((text) => typeof text === "string" && text !== "");
    if (typeof token === "string" && PRINTABLE.test(token)) return token;
    throw new ScarError("RegistryFailed", `${reference}: the answer of ${server} holds no token`);
  }
}

function basicOf(credential: Credential | undefined): string | undefined {
  if (credential?.kind !== "password") return undefined;
  return `Basic ${Buffer.from(`${credential.username}:${credential.password}`).toString("base64")}`;
}

function printable(token: string, reference: ImageReference, login: Login): string {
  if (PRINTABLE.test(token)) return token;
  throw loginFailed(reference, login);
}

function userOf(credential: Credential): string {
  if (credential.kind === "token") return "a token";
  return credential.username === "" ? "an identity token" : credential.username;
}
