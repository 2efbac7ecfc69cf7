/** Shows a registry who we are: Basic, or a token from the server that it names, as nobody where there is no login. */
import { type AttemptOptions, withAttempts } from "./attempts.ts";
import { parseChallenges } from "./challenge.ts";
import { basicOf, type Credential, type FoundCredential } from "./credential.ts";
import { type Login, loginFailed, notFoundOrPrivate } from "./failures.ts";
import type { ImageReference } from "./reference.ts";
import type { Requester } from "./requester.ts";
import { fetchToken, PRINTABLE } from "./token.ts";

export interface AuthenticatorOptions {
  readonly reference: ImageReference;
  readonly requester: Requester;
  readonly attempts: AttemptOptions;
  /** Hosts besides loopback that may be talked to over plain HTTP. */
  readonly insecure: readonly string[];
  /** Looks for the user's login; called once, when the registry wants to know. */
  readonly find: () => Promise<FoundCredential>;
  /** How to log in, for messages; default: Docker's command. */
  readonly howToLogIn?: string | undefined;
}

/** The answer 401. */
export interface Refusal {
  /** Its WWW-Authenticate. */
  readonly challenge: string;
  /** The value of Authorization that was shown. */
  readonly shown: string | undefined;
  /** It came over plain HTTP. */
  readonly isPlain: boolean;
}

export class Authenticator {
  readonly #options: AuthenticatorOptions;
  #header: string | undefined;
  #renewing: Promise<string> | undefined;
  #finding: Promise<FoundCredential> | undefined;
  #login: Login;

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
    this.#login = loginOf({ credential: undefined }, options.howToLogIn);
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
   * Gets a new {@link header}. Calls that come together share one request.
   * Throws ScarError `RegistryLoginFailed`, `ImageNotFound`, `RegistryFailed` …
   */
  async renew(refusal: Refusal): Promise<void> {
    // Another request that was refused may have got it meanwhile.
    if (this.#header !== undefined && this.#header !== refusal.shown) return;
    this.#renewing ??= this.#obtain(refusal).finally(() => {
      this.#renewing = undefined;
    });
    this.#header = await this.#renewing;
  }

  async #obtain({ challenge, shown, isPlain }: Refusal): Promise<string> {
    const { reference, requester, insecure, find, howToLogIn } = this.#options;
    this.#finding ??= find();
    const found = await this.#finding;
    const { credential } = found;
    const login = loginOf(found, howToLogIn);
    this.#login = login;
    const bearer = parseChallenges(challenge).find(
      ({ scheme, parameters }) => scheme === "bearer" && parameters["realm"] !== undefined,
    );
    let header: string | undefined;
    if (credential?.kind === "token") {
      if (!PRINTABLE.test(credential.token)) throw loginFailed(reference, login);
      header = `Bearer ${credential.token}`;
    } else if (bearer !== undefined) {
      const request = { reference, requester, challenge: bearer, credential, login, isPlain, insecure };
      header = `Bearer ${await withAttempts(this.#options.attempts, () => fetchToken(request))}`;
    } else if (credential?.kind === "password") {
      header = basicOf(credential);
    }
    if (header === undefined) throw notFoundOrPrivate(reference, login);
    // The same again is no use: of a login it was refused, as nobody there is no right to the image.
    if (header === shown) {
      throw credential === undefined ? notFoundOrPrivate(reference, login) : loginFailed(reference, login);
    }
    return header;
  }
}

function loginOf({ credential, trouble, isGiven }: FoundCredential, howTo: string | undefined): Login {
  return {
    user: credential === undefined ? undefined : userOf(credential),
    ...(credential === undefined ? {} : { source: credential.source }),
    ...(trouble === undefined ? {} : { trouble }),
    ...(isGiven === undefined ? {} : { isGiven }),
    ...(howTo === undefined ? {} : { howTo }),
  };
}

function userOf(credential: Credential): string {
  if (credential.kind === "token") return "a token";
  return credential.username === "" ? "an identity token" : credential.username;
}
