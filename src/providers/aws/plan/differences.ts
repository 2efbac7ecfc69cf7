/** What of a function as it is to be differs from the function that is there. */
import { isDeepStrictEqual } from "node:util";
import type { FunctionConfiguration } from "@aws-sdk/client-lambda";
import { decodeFdlVariable, ENV, type EventInvokeConfig } from "../../../fdl/contract.ts";
import { EVENT_DEFAULTS } from "../controllers/event-invoke.ts";
import type { FunctionDefinition } from "./steps.ts";

/** @param sha256 of the zip, in base64 */
export function codeDiffers(definition: FunctionDefinition, sha256: string, found: FunctionConfiguration): boolean {
  const architectures = found.Architectures ?? ["x86_64"];
  return found.CodeSha256 !== sha256 || !isDeepStrictEqual([...definition.architectures], architectures);
}

/** Everything that UpdateFunctionConfiguration sets; AWS's defaults count as what is not told. */
export function configurationDiffers(definition: FunctionDefinition, found: FunctionConfiguration): boolean {
  const { supervisorLayer, vpc, api } = definition;
  // A layer that is still to be published is none that the function has; so an API.
  if (!("arn" in supervisorLayer) || api === "created") return true;
  const variables = api === undefined ? {} : { [ENV.apiGatewayId]: api.id };
  const wanted = [
    definition.role,
    definition.runtime,
    definition.handler,
    definition.description,
    definition.timeout,
    definition.memory,
    definition.ephemeralStorage,
    definition.deadLetterQueue,
    readable({ ...definition.variables, ...variables }),
    [...definition.layers, supervisorLayer.arn],
    network(vpc),
    definition.fileSystems.map(({ Arn, LocalMountPath }) => [Arn, LocalMountPath]),
  ];
  const present = [
    found.Role,
    found.Runtime,
    found.Handler,
    found.Description ?? "",
    found.Timeout,
    found.MemorySize,
    found.EphemeralStorage?.Size ?? 512,
    found.DeadLetterConfig?.TargetArn ?? "",
    readable(found.Environment?.Variables ?? {}),
    (found.Layers ?? []).map(({ Arn }) => Arn),
    network(found.VpcConfig),
    (found.FileSystemConfigs ?? []).map(({ Arn, LocalMountPath }) => [Arn, LocalMountPath]),
  ];
  return !isDeepStrictEqual(wanted, present);
}

/** The order of the keys in the FDL variable means nothing. */
function readable(variables: Readonly<Record<string, string>>): object {
  return { ...variables, [ENV.fdl]: decodeFdlVariable(variables[ENV.fdl]) ?? variables[ENV.fdl] };
}

interface Network {
  readonly SubnetIds?: readonly string[] | undefined;
  readonly SecurityGroupIds?: readonly string[] | undefined;
  readonly Ipv6AllowedForDualStack?: boolean | undefined;
}

function network({ SubnetIds = [], SecurityGroupIds = [], Ipv6AllowedForDualStack = false }: Network = {}): object {
  return [[...SubnetIds].sort(), [...SecurityGroupIds].sort(), Ipv6AllowedForDualStack];
}

/** What is not said is AWS's default. */
export function eventsDiffer(wanted: EventInvokeConfig, found: EventInvokeConfig | undefined): boolean {
  const whole = (config: EventInvokeConfig): object => ({ ...EVENT_DEFAULTS, ...config });
  return !isDeepStrictEqual(whole(wanted), whole(found ?? {}));
}
