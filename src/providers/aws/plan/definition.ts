/** From a function's specification to what Lambda is to have. */
import { ENV, encodeFdlVariable, HANDLER_NAME, type LambdaSection, PACKED_IMAGE, TAG } from "../../../fdl/contract.ts";
import type { FunctionSpec } from "../../../fdl/spec.ts";
import { functionArn, type Identity } from "../arn.ts";
import type { FunctionPackage } from "../package/function.ts";
import type { ZipFile } from "../package/zip.ts";
import type { ApiReference } from "./api-step.ts";
import type { FunctionDefinition, Step } from "./steps.ts";

/** The only runtime of zip functions (DESIGN section 4). */
export const RUNTIME = "nodejs24.x";
/** MB of /tmp that Lambda gives for nothing. */
const DEFAULT_STORAGE = 512;

export type Architecture = "x86_64" | "arm64";

/** `lambda.architectures`; default x86_64. */
export function architecturesOf(spec: FunctionSpec): readonly Architecture[] {
  const given = spec.lambda["architectures"];
  return Array.isArray(given) && given.length > 0 ? (given as Architecture[]) : ["x86_64"];
}

/** OCI's names of Lambda's architectures. */
export const OCI_ARCHITECTURE = { x86_64: "amd64", arm64: "arm64" } as const;

/** `lambda.ephemeral_storage`: MB of /tmp. */
export function ephemeralStorageOf({ lambda }: FunctionSpec): number {
  const given = lambda["ephemeral_storage"];
  return typeof given === "number" ? given : DEFAULT_STORAGE;
}

/** Tags of everything that is made for a function. */
export function ownTags(identity: Identity, functionName: string): Record<string, string> {
  return { [TAG.createdBy]: "scar", [TAG.owner]: identity.owner, [TAG.function]: functionName };
}

/** The layer with the supervisor, ours and the original's. */
export const SUPERVISOR_LAYER = { own: "scar-supervisor", original: "faas-supervisor" } as const;

/** Name of the layer with the supervisor; the original's stands for ours. */
export function layerName({ lambda }: { readonly lambda: Partial<Pick<LambdaSection, "supervisor">> }): string {
  const name = lambda.supervisor?.layer_name;
  return name === undefined || name === SUPERVISOR_LAYER.original ? SUPERVISOR_LAYER.own : name;
}

/** Module and function of a function's package. */
export function handlerOf({ lambda }: FunctionSpec): string {
  return `${lambda.name}.${HANDLER_NAME}`;
}

/** Key of a function's package in its deployment bucket (behaviour.md, section 4). */
export function packageKey(functionName: string): string {
  return `lambda/${functionName}.zip`;
}

export function defineFunction(
  { spec, config, zip }: FunctionPackage,
  identity: Identity,
  region: string,
  supervisorLayer: FunctionDefinition["supervisorLayer"],
  api?: ApiReference,
): FunctionDefinition {
  const { lambda } = spec;
  const bucket = lambda.deployment.bucket;
  return {
    name: lambda.name,
    arn: functionArn(identity, region, lambda.name),
    role: spec.iam.role,
    runtime: lambda.runtime.startsWith("nodejs") ? lambda.runtime : RUNTIME,
    handler: handlerOf(spec),
    description: lambda.description,
    timeout: lambda.timeout,
    memory: lambda.memory,
    ephemeralStorage: ephemeralStorageOf(spec),
    deadLetterQueue: lambda.dead_letter_queue ?? "",
    architectures: architecturesOf(spec),
    vpc: lambda.vpc,
    fileSystems: lambda.file_system ?? [],
    variables: variables(config),
    api,
    tags: { ...ownTags(identity, lambda.name), [TAG.state]: "deploying" },
    layers: lambda.layers,
    supervisorLayer,
    code: bucket ? { kind: "bucket", bucket, key: packageKey(lambda.name) } : { kind: "direct", zip },
  };
}

/** The function's environment: the user's variables, and those by which the supervisor and `scar` know it. */
function variables(config: FunctionPackage["config"]): Record<string, string> {
  return {
    ...config.environment.Variables,
    ...(config.container.image_file === undefined
      ? {}
      : { [ENV.udockerRepos]: PACKED_IMAGE.repos, [ENV.udockerLayers]: PACKED_IMAGE.layers }),
    [ENV.fdl]: encodeFdlVariable(config),
  };
}

/**
 * Puts the package where the definition says that Lambda finds it; none where it travels in the request. `resumes`: a function of that name is
 * there already, whose code the object may be.
 */
export function uploadPackage({ name, code }: FunctionDefinition, zip: ZipFile, resumes: boolean): Step[] {
  if (code.kind === "direct") return [];
  return [{ kind: "upload-package", functionName: name, bucket: code.bucket, key: code.key, zip, resumes }];
}
