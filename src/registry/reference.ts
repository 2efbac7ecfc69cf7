/** Image references as Docker reads them (the distribution project's grammar, `reference.go`), with its shorthand for Docker Hub. */
import { EXIT, ScarError } from "../errors.ts";

export const DOCKER_HUB = "docker.io";

/** Names that mean Docker Hub. */
const HUB_NAMES: ReadonlySet<string> = new Set([DOCKER_HUB, "index.docker.io", "registry-1.docker.io"]);

export interface ImageReference {
  /** `host[:port]` in small letters; `docker.io` for Docker Hub. */
  readonly registry: string;
  /** Without the registry: `library/ubuntu`, `grycap/cowsay`. */
  readonly repository: string;
  /** `latest` where neither tag nor digest is given. */
  readonly tag?: string;
  /** `sha256:…`; it decides where there is a tag too. */
  readonly digest?: string;
  /** As short as Docker takes it: `ubuntu:latest`, `localhost:5000/a/b@sha256:…`. */
  readonly familiar: string;
  /** In full: `docker.io/library/ubuntu:latest`. */
  toString(): string;
}

/** Longest repository name, with the registry (distribution project: `RepositoryNameTotalLengthMax`). */
const NAME_LIMIT = 255;

const PART = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const LABEL = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?";
const HOST = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*|\\[[0-9a-f:.]+\\])(?::([0-9]{1,5}))?$`);
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/**
 * Parses `[HOST[:PORT]/]NAME[:TAG][@DIGEST]`. The first part is a host when it has a dot or a port, or is `localhost`; else the image
 * is on Docker Hub, and a name of one part is one of Docker's own (`library/`).
 * Throws ScarError `InvalidImageReference` (exit code 2) that says what is wrong.
 */
export function parseImageReference(text: string): ImageReference {
  const fail = (why: string, hint?: string): ScarError =>
    new ScarError("InvalidImageReference", `${quoted(text)} is not an image reference: ${why}`, {
      exitCode: EXIT.usage,
      hint: hint ?? "an image is named as in 'docker pull': [HOST[:PORT]/]NAME[:TAG]",
    });
  if (text === "") throw fail("it is empty");
  if (/[\s\x00-\x1f\x7f]/.test(text)) throw fail("it has a space or another character that cannot be seen");
  const scheme = /^([a-z][a-z-]*):\/\//i.exec(text);
  if (scheme !== null) {
    throw fail(`it begins with '${scheme[0]}'`, `write it without: '${text.slice(scheme[0].length)}'`);
  }
  const { name, tag, digest } = splitEnd(text);
  if (digest !== undefined && !DIGEST.test(digest)) {
    throw fail(`the digest ${quoted(digest)} is not 'sha256:' and 64 hexadecimal digits in small letters`);
  }
  if (tag === "") throw fail("the tag after ':' is empty");
  if (tag !== undefined && !TAG.test(tag)) {
    throw fail(
      `the tag ${quoted(tag)} is not 1 to 128 letters, digits, '_', '.' and '-', of which the first is no '.' or '-'`,
    );
  }
  const { registry, repository } = splitHost(name);
  const port = HOST.exec(registry);
  if (port === null) throw fail(`${quoted(registry)} is not the name of a host`);
  if (port[1] !== undefined && (Number(port[1]) === 0 || Number(port[1]) > 65_535))
    throw fail(`there is no port ${port[1]}`);
  const why = wrongName(repository);
  if (why !== undefined) throw fail(why);
  if (`${registry}/${repository}`.length > NAME_LIMIT) throw fail(`its name is longer than ${NAME_LIMIT} characters`);
  if (registry === DOCKER_HUB && /^library\/[0-9a-f]{64}$/.test(repository) && !text.includes("/")) {
    throw fail("64 hexadecimal digits are an image's identifier on one machine, not its name");
  }
  return reference(registry, repository, tag, digest);
}

function reference(
  registry: string,
  repository: string,
  tag: string | undefined,
  digest: string | undefined,
): ImageReference {
  const named = tag ?? (digest === undefined ? "latest" : undefined);
  const end = `${named === undefined ? "" : `:${named}`}${digest === undefined ? "" : `@${digest}`}`;
  // Docker's own may be written without `library/` unless what is left would be read as a host.
  const short = repository.replace(/^library\/(?=[^/]*$)/, "");
  return {
    registry,
    repository,
    ...(named === undefined ? {} : { tag: named }),
    ...(digest === undefined ? {} : { digest }),
    familiar: `${registry === DOCKER_HUB ? short : `${registry}/${repository}`}${end}`,
    toString: () => `${registry}/${repository}${end}`,
  };
}

/** Takes tag and digest off the end. */
function splitEnd(text: string): { name: string; tag?: string; digest?: string } {
  const at = text.indexOf("@");
  const front = at < 0 ? text : text.slice(0, at);
  const digest = at < 0 ? {} : { digest: text.slice(at + 1) };
  const colon = front.lastIndexOf(":");
  if (colon < 0 || front.indexOf("/", colon) >= 0 || front.indexOf("]", colon) >= 0) return { name: front, ...digest };
  return { name: front.slice(0, colon), tag: front.slice(colon + 1), ...digest };
}

function splitHost(name: string): { registry: string; repository: string } {
  const slash = name.indexOf("/");
  const first = slash < 0 ? "" : name.slice(0, slash).toLowerCase();
  const isHost = /[.:[\]]/.test(first) || first === "localhost";
  const registry = isHost && !HUB_NAMES.has(first) ? first : DOCKER_HUB;
  const rest = isHost ? name.slice(slash + 1) : name;
  return {
    registry,
    repository: registry === DOCKER_HUB && !rest.includes("/") && rest !== "" ? `library/${rest}` : rest,
  };
}

/** What is wrong with a repository's name. */
function wrongName(repository: string): string | undefined {
  if (repository === "") return "the name is missing";
  for (const part of repository.split("/")) {
    if (part === "") return "a part of the name is empty (two '/', or one at the end)";
    if (PART.test(part)) continue;
    if (/[A-Z]/.test(part)) return `the name has capital letters: '${part}' must be written '${part.toLowerCase()}'`;
    return `'${part}' is not a name: small letters and digits, with '.', '_', '__' or '-' only between them`;
  }
  return undefined;
}

/** Short enough for a message, whatever was given. */
function quoted(text: string): string {
  return `'${text.length > 200 ? `${text.slice(0, 200)}…` : text}'`;
}
