/** A look at an image in its registry, with the function's eyes: its login or none, never the user's. */
import { messageOf, ScarError } from "../../../errors.ts";
import { ecrOf } from "../../../registry/hosts.ts";
import type { Image, LayerSource } from "../../../registry/image.ts";
import type { RegistryOptions } from "../../../registry/open.ts";
import { parseImageReference } from "../../../registry/reference.ts";
import type { ImageSize } from "./room.ts";

export interface LookOptions {
  /** The user's: proxies, Docker's configuration. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** The user's login for Amazon ECR's registries of a region: a function has one of its role. */
  readonly ecrLogin: (region: string) => Promise<Login>;
  /** Asked of an image that Lambda is to run, while it is open: why it cannot. */
  readonly problemOnLambda: (
    image: Image,
    name: string,
    architecture: "amd64" | "arm64",
  ) => Promise<ScarError | undefined>;
}

/** What of an image decides whether a function can run it; `name` is as short as Docker takes it. */
export interface ImageFacts extends ImageSize {
  /** OCI names. */
  readonly architecture: string;
  readonly os: string;
  /** Why Lambda cannot run it, though it is for its processor. */
  readonly problem?: ScarError | undefined;
}

interface Login {
  readonly username: string;
  readonly password: string;
}

export type Look =
  | { readonly kind: "seen"; readonly facts: ImageFacts }
  /** The function could not have it. */
  | { readonly kind: "refused"; readonly error: ScarError }
  /** Nothing can be said from here; AWS may well reach it. */
  | { readonly kind: "unseen"; readonly why: string };

export interface Wanted {
  readonly reference: string;
  readonly architecture: "amd64" | "arm64";
  readonly login: Login | undefined;
  /** Where it is to run: on Lambda, or on this machine. */
  readonly onAws: boolean;
}

/** Who is about to deploy does not wait for minutes. */
const PATIENCE = { connectMs: 5_000, answerMs: 15_000, attempts: 2, longestWaitMs: 3_000 };

/** Troubles of the way from here, which say nothing of the function's. */
const OF_THE_WAY: ReadonlySet<string> = new Set([
  "RegistryUnreachable",
  "RegistryCertificate",
  "RegistryRateLimit",
  "RegistryFailed",
  "InvalidProxy",
]);

/** Throws what is no answer of a registry: the signal's reason, faults of the program. */
export async function lookAt(wanted: Wanted, options: LookOptions): Promise<Look> {
  const { DOCKER_CONFIG: _config, HOME: _home, ...env } = options.env;
  try {
    const login = await loginOf(wanted, options);
    if (login !== undefined && "why" in login) return { kind: "unseen", why: login.why };
    const facts = await factsOf({ ...wanted, login }, { ...options, env });
    return { kind: "seen", facts };
  } catch (error) {
    options.signal.throwIfAborted();
    if (!(error instanceof ScarError)) throw error;
    if (OF_THE_WAY.has(error.code)) return { kind: "unseen", why: error.message };
    return { kind: "refused", error: await explained(error, wanted, options) };
  }
}

/** The function's own; for ECR, where its role logs in, the user's in its place: `why` there is none says nothing of the role. */
async function loginOf(
  { reference, login }: Wanted,
  { ecrLogin, signal }: LookOptions,
): Promise<Login | { readonly why: string } | undefined> {
  const ecr = login === undefined ? ecrOf(parseImageReference(reference).registry) : undefined;
  if (ecr === undefined) return login;
  try {
    return await ecrLogin(ecr.region);
  } catch (error) {
    signal.throwIfAborted();
    return { why: `Amazon ECR gives you no login: ${messageOf(error)}` };
  }
}

async function factsOf(wanted: Wanted, options: LookOptions): Promise<ImageFacts> {
  const { reference, architecture, login, onAws } = wanted;
  const { env, signal } = options;
  const { openRegistryImage } = await import("../../../registry/open.ts");
  const howToLogIn = waysOut(reference);
  const asked: RegistryOptions = { architecture, env, signal, howToLogIn, patience: PATIENCE };
  const image = await openRegistryImage(reference, login === undefined ? asked : { ...asked, credential: login });
  try {
    const name = image.tag ?? reference;
    const isFitting = onAws && image.config.architecture === architecture;
    return {
      name,
      architecture: image.config.architecture,
      os: image.config.os,
      compressed: sum(image, (layer) => layer.size ?? 0),
      unpacked: sum(image, (layer) => (layer.size ?? 0) * usualRatio(layer)),
      problem: isFitting ? await options.problemOnLambda(image, name, architecture) : undefined,
    };
  } finally {
    await image.close();
  }
}

function sum({ layers }: Image, bytes: (layer: LayerSource) => number): number {
  return layers.reduce((total, layer) => total + bytes(layer), 0);
}

/** How much larger layers are unpacked: what Debian's, Ubuntu's and Alpine's images come to. */
function usualRatio({ mediaType = "" }: LayerSource): number {
  if (mediaType.endsWith("zstd")) return 3;
  return mediaType.endsWith(".tar") ? 1 : 2.6;
}

/** The registry's refusal with the ways out that a function has. */
async function explained(error: ScarError, wanted: Wanted, options: LookOptions): Promise<ScarError> {
  if (error.code === "NoImageForArchitecture") return withHint(error, otherArchitecture(error, wanted));
  if (error.code !== "ImageNotFound" && error.code !== "RegistryLoginFailed") return error;
  if (wanted.login === undefined && ecrOf(parseImageReference(wanted.reference).registry) !== undefined)
    return withHint(error, "check the name; the repository's policy must let you and the function's role read it");
  if (wanted.login !== undefined)
    return withHint(error, "check the name, and the login in lambda.container.registry_auth");
  const mine = await factsOf({ ...wanted, onAws: false }, options).catch(() => undefined);
  options.signal.throwIfAborted();
  if (mine === undefined) return withHint(error, `check the name; if it is private, ${waysOut(wanted.reference)}`);
  return new ScarError(
    "PrivateImage",
    `image ${mine.name} is private: your Docker login may read it, but it does not travel with the function`,
    { cause: error, hint: waysOut(wanted.reference) },
  );
}

function waysOut(reference: string): string {
  const file = `pack the image with the function: docker save ${reference} -o image.tar, then container.image_file (-if image.tar)`;
  return `give the function a login (lambda.container.registry_auth with username and password), or ${file}`;
}

function otherArchitecture({ message }: ScarError, { architecture }: Wanted): string {
  const [other, name] = architecture === "amd64" ? ["arm64", "arm64"] : ["amd64", "x86_64"];
  if (message.includes(`linux/${other}`)) return `set lambda.architectures: [${name}], or choose another image`;
  return "choose an image for linux/amd64 or linux/arm64: Lambda has these two";
}

function withHint({ code, message, exitCode }: ScarError, hint: string): ScarError {
  return new ScarError(code, message, { hint, exitCode });
}
