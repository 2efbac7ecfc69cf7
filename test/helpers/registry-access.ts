/** Who may read from the test's registry: everybody, who has a token (from its own token server), or who has a password. */
import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

export type Access =
  | { readonly kind: "everybody" }
  | { readonly kind: "basic"; readonly users: Readonly<Record<string, string>> }
  | {
      readonly kind: "token";
      readonly users?: Readonly<Record<string, string>>;
      /** Repositories that a token is given for without a password; default: all. */
      readonly anonymous?: RegExp;
      /** Repositories that a token is given for to nobody. */
      readonly denied?: RegExp;
      /** Tokens of OAuth2's refresh flow (`identitytoken` in Docker's configuration). */
      readonly identityTokens?: readonly string[];
      /** Requests that a token lasts; default: for ever. */
      readonly uses?: number;
      /** Origin of the realm; default: the registry itself. */
      readonly realm?: string;
    };

interface Token {
  readonly repositories: ReadonlySet<string>;
  left: number;
}

/** Keeps the rules and counts what was asked for. */
export class TestAccess {
  /** Bodies and queries of the token requests, in order. */
  readonly asked: Readonly<Record<string, string>>[] = [];
  readonly #access: Access;
  readonly #host: string;
  readonly #origin: string;
  readonly #tokens = new Map<string, Token>();

  constructor(access: Access, host: string, isSecure = false) {
    this.#access = access;
    this.#host = host;
    this.#origin = `${isSecure ? "https" : "http"}://${host}`;
  }

  /** Every token given so far is refused from now on. */
  forgetTokens(): void {
    this.#tokens.clear();
  }

  /** Answers 401 with a challenge and false where the request may not pass. */
  allows(request: IncomingMessage, repository: string | undefined, response: ServerResponse): boolean {
    const access = this.#access;
    if (access.kind === "everybody") return true;
    const authorization = request.headers.authorization ?? "";
    if (access.kind === "basic") {
      if (userOf(authorization, access.users) !== undefined) return true;
      this.#refuse(response, 'Basic realm="test registry, for friends"');
      return false;
    }
    const token = this.#tokens.get(/^Bearer (.+)$/.exec(authorization)?.[1] ?? "");
    const known = token !== undefined && token.left > 0;
    if (known && (repository === undefined || token.repositories.has(repository))) {
      token.left--;
      return true;
    }
    const realm = `${access.realm ?? this.#origin}/token`;
    const scope = repository === undefined ? "" : `,scope="repository:${repository}:pull"`;
    const error = known ? ',error="insufficient_scope"' : authorization === "" ? "" : ',error="invalid_token"';
    this.#refuse(response, `Bearer realm="${realm}",service="${this.#host}"${scope}${error}`);
    return false;
  }

  /** The token server: GET with Basic or without, POST with an identity token or a password (the distribution project's protocol). */
  token(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const access = this.#access;
      if (access.kind !== "token") return void response.writeHead(404).end();
      const form = request.method === "POST" ? Buffer.concat(chunks).toString() : (request.url ?? "").split("?")[1];
      const asked = Object.fromEntries(new URLSearchParams(form ?? ""));
      this.asked.push(asked);
      const { authorization } = request.headers;
      const user =
        request.method === "POST"
          ? (access.identityTokens ?? []).includes(asked["refresh_token"] ?? "")
            ? "identity"
            : undefined
          : userOf(authorization ?? "", access.users ?? {});
      if (user === undefined && (authorization !== undefined || request.method === "POST")) {
        const body = JSON.stringify({ errors: [{ code: "UNAUTHORIZED", message: "incorrect username or password" }] });
        return void response.writeHead(401, { "content-type": "application/json" }).end(body);
      }
      // As Docker Hub: a token is given in any case, without the access that was not granted.
      const named = [...(asked["scope"] ?? "").matchAll(/repository:([^:]+):/g)].map((match) => match[1]!);
      const granted = named.filter(
        (name) => access.denied?.test(name) !== true && (user !== undefined || (access.anonymous ?? /^/).test(name)),
      );
      const token = randomBytes(12).toString("hex");
      this.#tokens.set(token, { repositories: new Set(granted), left: access.uses ?? Number.POSITIVE_INFINITY });
      const answer = request.method === "POST" ? { access_token: token } : { token, access_token: token };
      response
        .writeHead(200, { "content-type": "application/json" })
        .end(JSON.stringify({ ...answer, expires_in: 300 }));
    });
  }

  #refuse(response: ServerResponse, challenge: string): void {
    const body = JSON.stringify({ errors: [{ code: "UNAUTHORIZED", message: "authentication required" }] });
    response.writeHead(401, { "content-type": "application/json", "www-authenticate": challenge }).end(body);
  }
}

function userOf(authorization: string, users: Readonly<Record<string, string>>): string | undefined {
  const [, encoded = ""] = /^Basic (.+)$/.exec(authorization) ?? [];
  const text = Buffer.from(encoded, "base64").toString();
  const user = text.slice(0, text.indexOf(":"));
  return Object.hasOwn(users, user) && users[user] === text.slice(user.length + 1) ? user : undefined;
}
