/** What a registry's answers and troubles on the way mean to the user: each names registry and image, and the way out. */
import { ScarError } from "../errors.ts";
import { ecrOf } from "./hosts.ts";
import type { LinkError } from "./link-error.ts";
import type { ImageReference } from "./reference.ts";

/** Who we were for the registry. */
export interface Login {
  /** Undefined: nobody. */
  readonly user: string | undefined;
  /** Where the login comes from. */
  readonly source?: string;
  /** Why there is none although one was configured. */
  readonly trouble?: string;
  /** The caller gave it: Docker's commands do not change it. */
  readonly isGiven?: boolean;
  /** How the user gets another, in the caller's words; default: {@link howToLogIn}. */
  readonly howTo?: string;
}

/** The host cannot be talked to. ScarError `RegistryUnreachable` or `RegistryCertificate`. `server`: `docker.io`, or another host with its part. */
export function unreachable(reference: ImageReference, server: string, error: LinkError): ScarError {
  const code = error.trouble === "certificate" ? "RegistryCertificate" : "RegistryUnreachable";
  const hint = {
    "unknown-host":
      "check the image's name and the DNS of this machine; a function in a VPC reaches the internet only through a NAT gateway",
    refused: "check the host's name and port, and that its server runs",
    certificate: "name the file of the authority's certificate (PEM) in NODE_EXTRA_CA_CERTS",
    tls: "plain HTTP is used only for this machine itself and for registries that were named insecure",
    broken: "try again; the network or the registry has trouble",
    slow: "check the network (a firewall, HTTPS_PROXY); a function in a VPC reaches the internet only through a NAT gateway",
    proxy: "check HTTPS_PROXY, HTTP_PROXY and NO_PROXY",
  }[error.trouble];
  return new ScarError(code, `${reference}: ${server} cannot be used: ${error.message}`, { cause: error, hint });
}

/** No right to the repository; most registries answer the same for one that does not exist. ScarError `ImageNotFound`. */
export function notFoundOrPrivate(reference: ImageReference, login: Login): ScarError {
  const { registry, repository } = reference;
  if (login.user === undefined) {
    const trouble = login.trouble === undefined ? "" : ` (${login.trouble})`;
    return new ScarError("ImageNotFound", `${registry} has no image ${repository}, or it is private${trouble}`, {
      hint: `check the name; a private image needs a login: ${login.howTo ?? howToLogIn(registry)}`,
    });
  }
  const renewal = login.isGiven === true ? "" : `: ${login.howTo ?? howToLogIn(registry)}`;
  const ecr = ecrOf(registry) === undefined ? "" : `; ECR's passwords last 12 hours${renewal}`;
  return new ScarError(
    "ImageNotFound",
    `${registry} has no image ${repository}, or ${login.user} may not read it (login from ${login.source})`,
    {
      hint: `check the name, and that ${login.user} may pull it${ecr}`,
    },
  );
}

/** The registry says that the repository is not there. ScarError `ImageNotFound`. */
export function notFound({ registry, repository }: ImageReference): ScarError {
  const hub = registry === "docker.io" ? "" : "; an image of Docker Hub is named without a host";
  return new ScarError("ImageNotFound", `${registry} has no image ${repository}`, { hint: `check the name${hub}` });
}

/** The login was refused. ScarError `RegistryLoginFailed`. */
export function loginFailed(reference: ImageReference, login: Login): ScarError {
  const { registry } = reference;
  const ecr = ecrOf(registry) === undefined ? "" : "; ECR's passwords last 12 hours";
  return new ScarError(
    "RegistryLoginFailed",
    `${reference}: ${registry} refuses the login${login.user ? ` of ${login.user}` : ""} (from ${login.source})`,
    { hint: `${otherLogin(registry, login)}${ecr}` },
  );
}

/** The way out where a login was refused. */
function otherLogin(registry: string, { isGiven, howTo }: Login): string {
  if (isGiven === true) return "check the username and password that were given";
  return howTo ?? `${howToLogIn(registry)}; or 'docker logout${hubless(registry)}' for public images`;
}

/** ScarError `ImageTagNotFound`. `tags`: what there is, when the registry told. */
export function tagNotFound(reference: ImageReference, tags: readonly string[]): ScarError {
  const { registry, repository, tag, digest } = reference;
  if (digest !== undefined) {
    return new ScarError("ImageTagNotFound", `${registry} has no image ${repository} with the digest ${digest}`, {
      hint: "check the digest; registries delete what no tag names any more",
    });
  }
  const shown = tags.slice(0, 10).join(", ");
  const hint = tags.length === 0 ? "check the tag" : `it has: ${shown}${tags.length > 10 ? " …" : ""}`;
  return new ScarError("ImageTagNotFound", `${registry} has no tag '${tag}' of the image ${repository}`, { hint });
}

/** ScarError `RegistryFailed`: anything else that a server answers. */
export function failed(reference: ImageReference, server: string, status: number, said: string): ScarError {
  return new ScarError(
    "RegistryFailed",
    `${reference}: ${server} answers ${status}${said === "" ? "" : ` (${said})`}`,
    {
      hint:
        status >= 500
          ? "the registry has trouble: try again later"
          : "check that the host is a registry of images (API /v2/)",
    },
  );
}

/** The command that logs in. */
export function howToLogIn(registry: string): string {
  const ecr = ecrOf(registry);
  if (ecr === undefined) return `'docker login${hubless(registry)}'`;
  return `'aws ecr get-login-password --region ${ecr.region} | docker login --username AWS --password-stdin ${registry}'`;
}

function hubless(registry: string): string {
  return registry === "docker.io" ? "" : ` ${registry}`;
}
