/** init's look at the images of functions before anything is made: what could not run is refused, with the way out. */
import type { LayerLibraries } from "../../../container/fakechroot-files.ts";
import { EXIT, ScarError } from "../../../errors.ts";
import type { FunctionSpec } from "../../../fdl/spec.ts";
import { isLoopback, splitPort } from "../../../registry/hosts.ts";
import { parseImageReference } from "../../../registry/reference.ts";
import { architecturesOf, OCI_ARCHITECTURE } from "../plan/definition.ts";
import { problemOfLibrary } from "./library.ts";
import { type ImageFacts, type Look, type LookOptions, lookAt, type Wanted } from "./look.ts";
import { problemOfSize } from "./room.ts";

/** A function and where it is to run. */
export interface Deployment {
  readonly spec: FunctionSpec;
  /** False: on this machine, or where a custom endpoint leads. */
  readonly onAws: boolean;
  /** As whoever deploys it. */
  readonly ecrLogin: LookOptions["ecrLogin"];
}

export interface CheckOptions extends Omit<LookOptions, "problemOnLambda" | "ecrLogin"> {
  readonly notice: (text: string) => void;
  /** What the layer will carry for a processor. */
  readonly libraries: (architecture: "amd64" | "arm64") => Promise<LayerLibraries>;
}

/**
 * Looks at each image once, all at the same time. An image whose registry cannot be reached from here is told by a notice and no error:
 * AWS may reach what a firewall hides from the user, and the other way round nothing is lost but an early answer.
 * Throws one ScarError for all that is wrong.
 */
export async function checkImages(deployments: readonly Deployment[], options: CheckOptions): Promise<void> {
  const { libraries, notice } = options;
  const look: Omit<LookOptions, "ecrLogin"> = {
    ...options,
    problemOnLambda: async (image, name, architecture) =>
      problemOfLibrary({ image, name, libraries: await libraries(architecture), signal: options.signal, notice }),
  };
  const looks = new Map<string, Promise<Look>>();
  const found = await Promise.all(
    deployments.map(async (deployment): Promise<ScarError[]> => {
      const wanted = wantedBy(deployment);
      if (wanted === undefined) return problemsOfFile(deployment, look);
      const hidden = onThisMachine(wanted, deployment);
      if (hidden !== undefined) return [hidden];
      const key = JSON.stringify(wanted);
      const seen = looks.get(key) ?? lookAt(wanted, { ...look, ecrLogin: deployment.ecrLogin });
      looks.set(key, seen);
      return problemsOf(deployment.spec, await seen, options.notice);
    }),
  );
  const problems = found.flatMap((errors, i) => errors.map((error) => named(deployments[i]!.spec, error)));
  const [first] = problems;
  if (first === undefined) return;
  if (problems.length === 1) throw first;
  const lines = problems.map(({ message, hint }) => (hint === undefined ? message : `${message}\n  hint: ${hint}`));
  throw new ScarError("ImagesUnusable", [...new Set(lines)].join("\n"), {
    hint: "nothing was changed",
    exitCode: problems.every(({ exitCode }) => exitCode === EXIT.usage) ? EXIT.usage : EXIT.failed,
  });
}

function wantedBy({ spec, onAws }: Deployment): Wanted | undefined {
  const { image, registry_auth: login } = spec.lambda.container;
  // A packed image's name says what the file holds.
  if (image === undefined || spec.files.image_file !== undefined) return undefined;
  return { reference: image, architecture: OCI_ARCHITECTURE[architecturesOf(spec)[0]!], login, onAws };
}

/** A file's image is checked whole when it is packed; here only whether Lambda can run it. */
async function problemsOfFile(
  { spec, onAws }: Deployment,
  { problemOnLambda }: Pick<LookOptions, "problemOnLambda">,
): Promise<ScarError[]> {
  const path = spec.files.image_file;
  if (path === undefined || !onAws) return [];
  const architecture = OCI_ARCHITECTURE[architecturesOf(spec)[0]!];
  const { openImageArchive } = await import("../../../container/packed.ts");
  try {
    const image = await openImageArchive(path, { architecture });
    try {
      if (image.config.architecture !== architecture) return [];
      const problem = await problemOnLambda(image, `file '${path}'`, architecture);
      return problem === undefined ? [] : [problem];
    } finally {
      await image.close();
    }
  } catch (error) {
    if (error instanceof ScarError) return [error];
    throw error;
  }
}

/** `localhost:5000` is another machine for a function. */
function onThisMachine({ reference }: Wanted, { onAws }: Deployment): ScarError | undefined {
  try {
    const { registry } = parseImageReference(reference);
    if (!onAws || !isLoopback(splitPort(registry).hostname)) return undefined;
    return new ScarError(
      "RegistryOnThisMachine",
      `image ${reference} is in a registry of this machine, which Lambda cannot reach`,
      {
        hint: "push it to a registry that it can, or pack it with the function: container.image_file (-if)",
      },
    );
  } catch {
    // The look itself tells what is wrong with the name.
    return undefined;
  }
}

function problemsOf(spec: FunctionSpec, look: Look, notice: (text: string) => void): ScarError[] {
  if (look.kind === "refused") return [look.error];
  if (look.kind === "unseen") {
    notice(
      `function '${spec.lambda.name}': its image was not looked at (${look.why}); it is fetched when the function first runs`,
    );
    return [];
  }
  return [wrongPlatform(spec, look.facts), look.facts.problem, problemOfSize(spec, look.facts, notice)].filter(
    (error) => error !== undefined,
  );
}

function wrongPlatform(spec: FunctionSpec, { name, architecture, os }: ImageFacts): ScarError | undefined {
  const wanted = OCI_ARCHITECTURE[architecturesOf(spec)[0]!];
  if ((os === "linux" || os === "") && (architecture === wanted || architecture === "")) return undefined;
  const other = architecture === "arm64" ? "arm64" : architecture === "amd64" ? "x86_64" : undefined;
  const hint =
    os === "linux" && other !== undefined
      ? `set lambda.architectures: [${other}], or choose an image for linux/${wanted}`
      : "Lambda runs images for linux/amd64 and linux/arm64";
  const message = `image ${name} is for ${os}/${architecture} alone, the function runs on linux/${wanted}`;
  return new ScarError("WrongArchitecture", message, { hint });
}

function named({ lambda }: FunctionSpec, { code, message, hint, exitCode }: ScarError): ScarError {
  return new ScarError(code, `function '${lambda.name}': ${message}`, {
    exitCode,
    ...(hint === undefined ? {} : { hint }),
  });
}
