/** How a user shows a registry who they are. */
import { ScarError } from "../errors.ts";
import { runCredentialHelper } from "./credential-helper.ts";
import { HUB_KEY, helperFor, inlineCredential, readDockerConfig } from "./docker-config.ts";
import { DOCKER_HUB, type ImageReference } from "./reference.ts";

/** `source` says in messages where it comes from. */
export type Credential =
  | { readonly kind: "password"; readonly username: string; readonly password: string; readonly source: string }
  /** A token that a token server gives others for (OAuth2's refresh token). */
  | { readonly kind: "identity"; readonly username: string; readonly token: string; readonly source: string }
  /** A token for the registry itself. */
  | { readonly kind: "token"; readonly token: string; readonly source: string };

export interface CredentialOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly credential?: { readonly username: string; readonly password: string };
  readonly notice?: (text: string) => void;
  readonly signal?: AbortSignal;
}

export interface FoundCredential {
  readonly credential: Credential | undefined;
  /** Why there is none though one was configured: the end of a sentence. */
  readonly trouble?: string;
  /** It is the one of {@link CredentialOptions}. */
  readonly isGiven?: boolean;
}

/**
 * The user's login for a registry: the one given, else what Docker's configuration says, from its credential helper first. A helper
 * that fails is told and goes without, since most images need no login.
 * Throws ScarError `InvalidDockerConfig`.
 */
export async function findCredential(reference: ImageReference, options: CredentialOptions): Promise<FoundCredential> {
  if (options.credential !== undefined) {
    const source = "the user name and password given";
    return { credential: { kind: "password", ...options.credential, source }, isGiven: true };
  }
  const config = await readDockerConfig(options.env);
  if (config === undefined) return { credential: undefined };
  const { registry, repository } = reference;
  const helper = helperFor(config, registry);
  let trouble: string | undefined;
  if (helper !== undefined) {
    try {
      const server = registry === DOCKER_HUB ? HUB_KEY : registry;
      const found = await runCredentialHelper(helper, server, options.env, options.signal);
      if (found !== undefined) return { credential: found };
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!(error instanceof ScarError)) throw error;
      trouble = `${error.message} (named in ${config.path})`;
    }
  }
  const credential = inlineCredential(config, registry, repository);
  if (credential === undefined && trouble !== undefined) options.notice?.(`${trouble}: going on without a login`);
  return { credential, ...(trouble === undefined ? {} : { trouble }) };
}

/** Value of Authorization (RFC 7617). */
export function basicOf({ username, password }: { readonly username: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}
