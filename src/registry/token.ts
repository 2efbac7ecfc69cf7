/** Tokens from the server that a registry's challenge names (distribution project, `spec/auth/token.md` and `oauth.md`). */
import { ScarError } from "../errors.ts";
import { PassingFailure } from "./attempts.ts";
import type { Challenge } from "./challenge.ts";
import { parseJson } from "./config.ts";
import { basicOf, type Credential } from "./credential.ts";
import { failed, type Login, loginFailed, notFoundOrPrivate } from "./failures.ts";
import { mayBePlain } from "./hosts.ts";
import type { Exchange } from "./link.ts";
import { rateLimitError, retryAfterMs } from "./rate-limit.ts";
import type { ImageReference } from "./reference.ts";
import type { Requester } from "./requester.ts";
import { shownHost, shownText } from "./shown-text.ts";

export interface TokenRequest {
  readonly reference: ImageReference;
  readonly requester: Requester;
  readonly challenge: Challenge;
  /** Undefined: as nobody. */
  readonly credential: Credential | undefined;
  readonly login: Login;
  /** The registry itself is talked to over plain HTTP. */
  readonly isPlain: boolean;
  readonly insecure: readonly string[];
}

/** Longest answer of a token server, in bytes. */
const ANSWER_LIMIT = 1024 * 1024;

/** What may stand in a header. */
export const PRINTABLE = /^[\x21-\x7e]+$/;

/**
 * One attempt at a token to read the repository. Throws PassingFailure, or ScarError `RegistryLoginFailed`, `ImageNotFound`,
 * `RegistryFailed`, `InvalidImage`.
 */
export async function fetchToken(request: TokenRequest): Promise<string> {
  const { reference, requester, credential, login } = request;
  const { url, exchange } = await ask(request);
  const server = requester.nameOf(url);
  const { status } = exchange;
  const tooLong = () => failed(reference, server, status, "a very long answer");
  const body = (await requester.body(url, exchange, ANSWER_LIMIT, tooLong)).toString("utf8");
  if (status === 200) return tokenIn(body, server, reference);
  const waitMs = retryAfterMs(exchange.headers["retry-after"]);
  if (status === 429) {
    const { headers } = exchange;
    const limited = { image: `${reference}`, registry: reference.registry, headers, login };
    throw new PassingFailure(rateLimitError(limited), { waitMs });
  }
  const final = failed(reference, server, status, "asked for a token");
  if (status >= 500) throw new PassingFailure(final, { waitMs });
  // OAuth2's token servers answer 400 (`invalid_grant`) for a refresh token that they do not know.
  const isRefused = status === 401 || (status === 400 && credential?.kind === "identity");
  if (credential !== undefined && isRefused) throw loginFailed(reference, login);
  if (status === 401 || status === 403) throw notFoundOrPrivate(reference, login);
  throw final;
}

async function ask(request: TokenRequest): Promise<{ url: URL; exchange: Exchange }> {
  const { reference, requester, challenge, credential } = request;
  const url = realmOf(request);
  const { service, scope = `repository:${reference.repository}:pull` } = challenge.parameters;
  const asked = new URLSearchParams({ ...(service === undefined ? {} : { service }), scope });
  const headers: Record<string, string> = { accept: "application/json", "user-agent": "scar" };
  if (credential?.kind === "identity") {
    asked.set("grant_type", "refresh_token");
    asked.set("client_id", "scar");
    asked.set("refresh_token", credential.token);
    headers["content-type"] = "application/x-www-form-urlencoded";
    return { url, exchange: await requester.send(url, { method: "POST", headers, body: asked.toString() }) };
  }
  for (const [name, value] of asked) url.searchParams.set(name, value);
  if (credential?.kind === "password") {
    url.searchParams.set("account", credential.username);
    headers["authorization"] = basicOf(credential);
  }
  return { url, exchange: await requester.follow(url, { headers }) };
}

/** A realm gets the user's password: over plain HTTP only where the registry itself is talked to so, and the realm may be. */
function realmOf({ reference, challenge, insecure, isPlain }: TokenRequest): URL {
  const realm = challenge.parameters["realm"] ?? "";
  const url = URL.canParse(realm) ? new URL(realm) : undefined;
  const isGood =
    url !== undefined &&
    url.username === "" &&
    url.password === "" &&
    (url.protocol === "https:" || (url.protocol === "http:" && isPlain && mayBePlain(url.host, insecure)));
  if (isGood) return url;
  const where = url === undefined ? "no address" : `${shownText(url.protocol)}//${shownHost(url.host)}`;
  const { registry } = reference;
  throw new ScarError(
    "RegistryFailed",
    `${reference}: ${registry} says to get a token from ${where}, which is not safe`,
    {
      hint: "tokens are fetched over HTTPS only",
    },
  );
}

function tokenIn(body: string, server: string, reference: ImageReference): string {
  const answer = parseJson<{ readonly token?: unknown; readonly access_token?: unknown }>(
    body,
    `what ${server} answers instead of a token`,
    `${reference}`,
  );
  const token = [answer.token, answer.access_token].find((text) => typeof text === "string" && text !== "");
  if (typeof token === "string" && PRINTABLE.test(token)) return token;
  throw new ScarError("RegistryFailed", `${reference}: the answer of ${server} holds no token`);
}
