/** Lambda functions: read, create, update, wait, tag, delete. */
import {
  CreateFunctionCommand,
  type CreateFunctionCommandOutput,
  DeleteFunctionCommand,
  type DeleteFunctionCommandOutput,
  type FunctionConfiguration,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  type LambdaClient,
  TagResourceCommand,
} from "@aws-sdk/client-lambda";
import { ScarError } from "../../../errors.ts";
import { TAG, type VpcSection } from "../../../fdl/contract.ts";
import { isAwsError } from "../errors.ts";
import type { FunctionDefinition } from "../plan/steps.ts";
import { poll } from "../wait.ts";

/** No function is active at once; AWS's own waiters use 5 minutes for zip functions. */
const ACTIVE = { before: 100, first: 100, longest: 5_000, deadline: 300_000 };

export interface RemoteFunction {
  readonly arn: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly variables: Readonly<Record<string, string>>;
  readonly codeSha256: string | undefined;
  /** As AWS tells it. */
  readonly configuration: FunctionConfiguration;
  /** Link to its zip, for ten minutes; undefined for one that runs from an image. */
  readonly codeLocation?: string | undefined;
}

/** Undefined when there is no function of that name. */
export async function findFunction(lambda: LambdaClient, name: string): Promise<RemoteFunction | undefined> {
  try {
    const { Configuration, Tags, Code } = await lambda.send(new GetFunctionCommand({ FunctionName: name }));
    return {
      arn: Configuration?.FunctionArn ?? "",
      tags: Tags ?? {},
      variables: Configuration?.Environment?.Variables ?? {},
      codeSha256: Configuration?.CodeSha256,
      configuration: Configuration ?? {},
      codeLocation: Code?.Location,
    };
  } catch (error) {
    if (isAwsError(error, "ResourceNotFoundException")) return undefined;
    throw error;
  }
}

export function configuration(definition: FunctionDefinition, layers: readonly string[]) {
  return {
    FunctionName: definition.name,
    Role: definition.role,
    Runtime: definition.runtime,
    Handler: definition.handler,
    Description: definition.description,
    Timeout: definition.timeout,
    MemorySize: definition.memory,
    EphemeralStorage: { Size: definition.ephemeralStorage },
    Environment: { Variables: { ...definition.variables } },
    Layers: [...layers],
  };
}

export function network({ SubnetIds, SecurityGroupIds, ...more }: VpcSection) {
  return { ...more, SubnetIds: [...SubnetIds], SecurityGroupIds: [...SecurityGroupIds] };
}

export function code(definition: FunctionDefinition, zip: Uint8Array | undefined) {
  return definition.code.kind === "bucket"
    ? { S3Bucket: definition.code.bucket, S3Key: definition.code.key }
    : { ZipFile: zip! };
}

export async function createFunction(
  lambda: LambdaClient,
  definition: FunctionDefinition,
  layers: readonly string[],
  zip: Uint8Array | undefined,
): Promise<CreateFunctionCommandOutput> {
  try {
    return await lambda.send(
      new CreateFunctionCommand({
        ...configuration(definition, layers),
        Runtime: definition.runtime as never, // the SDK's list of runtimes ends at its release
        Code: code(definition, zip),
        ...(definition.deadLetterQueue !== "" && { DeadLetterConfig: { TargetArn: definition.deadLetterQueue } }),
        Architectures: [...definition.architectures],
        ...(definition.vpc !== undefined && { VpcConfig: network(definition.vpc) }),
        ...(definition.fileSystems.length > 0 && { FileSystemConfigs: [...definition.fileSystems] }),
        Tags: { ...definition.tags },
      }),
    );
  } catch (error) {
    if (isAwsError(error, "ResourceConflictException")) throw functionExists(definition.name);
    throw error;
  }
}

export function functionExists(name: string): ScarError {
  return new ScarError("FunctionExists", `Function '${name}' already exists`, {
    hint: `'scar update -f FILE' changes it; 'scar rm -n ${name}' removes it`,
  });
}

/** Waits until the function is Active and its last update is done. Throws `FunctionNotActive` when it failed or takes too long. */
export async function awaitActive(lambda: LambdaClient, name: string, signal: AbortSignal): Promise<void> {
  const state = await poll(
    async () => {
      const found = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
      if (found.State === "Failed" || found.LastUpdateStatus === "Failed") {
        const reason = found.StateReason ?? found.LastUpdateStatusReason ?? "no reason given";
        throw new ScarError("FunctionNotActive", `Function '${name}' failed to become active: ${reason}`);
      }
      const active = (found.State ?? "Active") === "Active" && found.LastUpdateStatus !== "InProgress";
      return active ? "Active" : undefined;
    },
    ACTIVE,
    signal,
  );
  if (state === undefined) {
    throw new ScarError("FunctionNotActive", `Function '${name}' is not active after ${ACTIVE.deadline / 1000} s`, {
      hint: "AWS is still at work on it: run the command again later",
    });
  }
}

/** The last step of a deployment: from here on the function counts as whole. */
export async function markReady(lambda: LambdaClient, arn: string): Promise<void> {
  await tagFunction(lambda, arn, { [TAG.state]: "ready" });
}

/** Adds tags, or gives them other values. */
export async function tagFunction(
  lambda: LambdaClient,
  arn: string,
  tags: Readonly<Record<string, string>>,
): Promise<void> {
  await lambda.send(new TagResourceCommand({ Resource: arn, Tags: { ...tags } }));
}

/** Undefined when it was gone already. */
export async function deleteFunction(
  lambda: LambdaClient,
  name: string,
): Promise<DeleteFunctionCommandOutput | undefined> {
  try {
    return await lambda.send(new DeleteFunctionCommand({ FunctionName: name }));
  } catch (error) {
    if (isAwsError(error, "ResourceNotFoundException")) return undefined;
    throw error;
  }
}
