/** What moves a deployed function to this release's supervisor, of whichever version of SCAR it is. Pure. */
import type { FunctionConfiguration } from "@aws-sdk/client-lambda";
import {
  decodeFdlVariable,
  ENV,
  encodeFdlVariable,
  type FunctionConfig,
  HANDLER_NAME,
  type LambdaSection,
  TAG,
} from "../../../fdl/contract.ts";
import { VERSION } from "../../../version.ts";
import type { Identity } from "../arn.ts";
import type { RemoteFunction } from "../controllers/functions.ts";
import type { ZipFile } from "../package/zip.ts";
import { type Architecture, ownTags, packageKey, RUNTIME, uploadPackage } from "./definition.ts";
import { codeDiffers, configurationDiffers } from "./differences.ts";
import type { FunctionDefinition, Step } from "./steps.ts";
import { isSupervisorLayer, upgradedRuntime, upgradedVariables } from "./upgraded-config.ts";

/** A new package of an original function. */
export interface Repackaged {
  readonly config: FunctionConfig;
  readonly zip: ZipFile;
}

/** The function as it is, with this release's layer; an original one with its new package, runtime and variables too. */
export function upgradedDefinition(
  name: string,
  found: RemoteFunction,
  supervisorLayer: FunctionDefinition["supervisorLayer"],
  repackaged: Repackaged | undefined,
): FunctionDefinition {
  const { configuration: now, variables } = found;
  const fdl = decodeFdlVariable(variables[ENV.fdl]);
  const bucket = fdl?.deployment?.bucket;
  const { SubnetIds = [], SecurityGroupIds = [], Ipv6AllowedForDualStack } = now.VpcConfig ?? {};
  return {
    name,
    arn: found.arn,
    role: now.Role ?? "",
    runtime: repackaged ? upgradedRuntime(now.Runtime) : (now.Runtime ?? RUNTIME),
    handler: repackaged ? `${name}.${HANDLER_NAME}` : (now.Handler ?? ""),
    description: now.Description ?? "",
    timeout: now.Timeout ?? 300,
    memory: now.MemorySize ?? 512,
    ephemeralStorage: now.EphemeralStorage?.Size ?? 512,
    deadLetterQueue: now.DeadLetterConfig?.TargetArn ?? "",
    architectures: architecturesOf(now),
    vpc:
      SubnetIds.length === 0
        ? undefined
        : { SubnetIds, SecurityGroupIds, ...(Ipv6AllowedForDualStack === true && { Ipv6AllowedForDualStack }) },
    fileSystems: (now.FileSystemConfigs ?? []).map(({ Arn = "", LocalMountPath = "" }) => ({ Arn, LocalMountPath })),
    variables: repackaged
      ? { ...upgradedVariables(variables), [ENV.fdl]: encodeFdlVariable(repackaged.config) }
      : { ...variables, ...sameFdl(fdl) },
    // What API it has, its variables say.
    api: undefined,
    tags: {},
    layers: (now.Layers ?? []).map(({ Arn = "" }) => Arn).filter((arn) => !isSupervisorLayer(arn, fdl)),
    supervisorLayer,
    code:
      bucket && repackaged
        ? { kind: "bucket", bucket, key: packageKey(name) }
        : { kind: "direct", zip: repackaged?.zip ?? NO_ZIP },
  };
}

/** For definitions whose code no step touches. */
const NO_ZIP: ZipFile = { path: "", size: 0, unpackedSize: 0, sha256: "" };

export function architecturesOf(configuration: FunctionConfiguration): readonly Architecture[] {
  return (configuration.Architectures ?? ["x86_64"]) as readonly Architecture[];
}

/** The FDL variable says which supervisor it is: `ls` falls back on it. */
function sameFdl(fdl: Partial<LambdaSection> | undefined): Readonly<Record<string, string>> {
  if (fdl?.supervisor === undefined || fdl.container === undefined) return {};
  const config = { ...fdl, supervisor: { ...fdl.supervisor, version: VERSION } } as LambdaSection;
  return { [ENV.fdl]: encodeFdlVariable(config) };
}

/** Stages of one function: package, code, configuration, tags. Empty when it has this release's supervisor. */
export function planUpgrade(
  definition: FunctionDefinition,
  found: RemoteFunction,
  repackaged: Repackaged | undefined,
  identity: Identity,
): readonly (readonly Step[])[] {
  const { name, arn } = definition;
  const newCode = repackaged !== undefined && codeDiffers(definition, repackaged.zip.sha256, found.configuration);
  const isTagged = found.tags[TAG.function] === name && found.tags[TAG.state] === "ready";
  const owner = found.tags[TAG.owner] ?? identity.owner;
  const tags = { ...ownTags({ ...identity, owner }, name), [TAG.state]: "ready" };
  return [
    newCode ? uploadPackage(definition, repackaged.zip, true) : [],
    newCode ? [{ kind: "update-code", definition }] : [],
    configurationDiffers(definition, found.configuration) ? [{ kind: "update-configuration", definition }] : [],
    isTagged ? [] : [{ kind: "tag-function", functionName: name, functionArn: arn, tags }],
  ];
}
