/** `config.json` of Docker's command line: who the user is at which registry (docker/cli, `config/configfile`). */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, ScarError } from "../errors.ts";
import type { Credential } from "./credential.ts";
import { DOCKER_HUB } from "./reference.ts";

/** The parts of the file that scar reads. */
export interface DockerConfig {
  /** For messages. */
  readonly path: string;
  readonly auths: Readonly<Record<string, unknown>>;
  /** Registry → what follows `docker-credential-` in a program's name. */
  readonly credHelpers: Readonly<Record<string, unknown>>;
  readonly credsStore: string | undefined;
}

/** The key under which Docker keeps Docker Hub's login, and what it calls Docker Hub to credential helpers. */
export const HUB_KEY = "https://index.docker.io/v1/";

/**
 * Reads `$DOCKER_CONFIG/config.json`, by default `$HOME/.docker/config.json`; undefined when there is none.
 * Throws ScarError `InvalidDockerConfig` when it cannot be read.
 */
export async function readDockerConfig(
  env: Readonly<Record<string, string | undefined>>,
): Promise<DockerConfig | undefined> {
  const folder = env["DOCKER_CONFIG"] || (env["HOME"] ? join(env["HOME"], ".docker") : undefined);
  if (folder === undefined) return undefined;
  const path = join(folder, "config.json");
  try {
    return parseDockerConfig(await readFile(path, "utf8"), path);
  } catch (error) {
    if (error instanceof ScarError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw invalid(path, `cannot be read: ${messageOf(error)}`);
  }
}

/** Throws ScarError `InvalidDockerConfig`; a message never holds what is in the file. */
export function parseDockerConfig(text: string, path: string): DockerConfig {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, "") || "{}");
  } catch {
    throw invalid(path, "is not JSON");
  }
  if (!isRecord(value)) throw invalid(path, "is not a JSON object");
  const { auths, credHelpers, credsStore } = value;
  return {
    path,
    auths: isRecord(auths) ? auths : {},
    credHelpers: isRecord(credHelpers) ? credHelpers : {},
    credsStore: typeof credsStore === "string" && credsStore !== "" ? credsStore : undefined,
  };
}

/** The credential helper for a registry: one of its own, else the store for all. */
export function helperFor(config: DockerConfig, registry: string): string | undefined {
  const own = Object.keys(config.credHelpers).find((key) => hostOf(key) === registry);
  const helper = own === undefined ? undefined : config.credHelpers[own];
  return typeof helper === "string" && helper !== "" ? helper : config.credsStore;
}

/**
 * The login in the file for a repository. Keys are hosts or URLs of them; podman's may go on with (the start of) a repository's name,
 * of which the longest that fits counts.
 */
export function inlineCredential(config: DockerConfig, registry: string, repository: string): Credential | undefined {
  const keys = Object.keys(config.auths)
    .filter((key) => hostOf(key) === registry && fits(key, repository))
    .sort((a, b) => pathOf(b).length - pathOf(a).length);
  for (const key of keys) {
    const credential = credentialOf(config.auths[key], key, config.path);
    if (credential !== undefined) return credential;
  }
  return undefined;
}

/** An entry without any of these is a marker: the login itself is in the store. */
function credentialOf(entry: unknown, key: string, path: string): Credential | undefined {
  if (!isRecord(entry)) return undefined;
  const source = path;
  const text = (name: string): string => (typeof entry[name] === "string" ? (entry[name] as string) : "");
  if (text("registrytoken") !== "") return { kind: "token", token: text("registrytoken"), source };
  const { username, password } =
    text("auth") === "" ? { username: text("username"), password: text("password") } : basic();
  if (text("identitytoken") !== "") return { kind: "identity", username, token: text("identitytoken"), source };
  return username === "" && password === "" ? undefined : { kind: "password", username, password, source };

  function basic(): { username: string; password: string } {
    const decoded = Buffer.from(text("auth"), "base64").toString("utf8");
    const colon = decoded.indexOf(":");
    if (colon <= 0)
      throw invalid(path, `holds no user and password for ${key}: its 'auth' is not base64 of USER:PASSWORD`);
    // Docker pads some with NULs.
    return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1).replace(/\0+$/, "") };
  }
}

/** The registry that a key means, in small letters. */
function hostOf(key: string): string {
  const host = key
    .replace(/^https?:\/\//i, "")
    .replace(/\/.*$/s, "")
    .toLowerCase();
  return ["index.docker.io", "registry-1.docker.io"].includes(host) ? DOCKER_HUB : host;
}

/** What a key has after the host; that of a URL (`/v1/`, `/v2/`) names an API and no repository. */
function pathOf(key: string): string {
  if (/^https?:\/\//i.test(key)) return "";
  const slash = key.indexOf("/");
  const path = slash < 0 ? "" : key.slice(slash + 1).replace(/\/+$/, "");
  return /^v[12]$/.test(path) ? "" : path;
}

function fits(key: string, repository: string): boolean {
  const path = pathOf(key);
  return path === "" || repository === path || repository.startsWith(`${path}/`);
}

function invalid(path: string, why: string): ScarError {
  return new ScarError("InvalidDockerConfig", `${path} ${why}`, {
    hint: "correct it, or let 'docker login' write it anew",
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
