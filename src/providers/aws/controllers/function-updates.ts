/** Changes of functions that exist. */
import {
  type FunctionConfiguration,
  type LambdaClient,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import type { FunctionDefinition } from "../plan/steps.ts";
import { awaitActive, code, configuration, network } from "./functions.ts";

/** Code and processor. Waits for the updates before it and for its own. */
export async function updateCode(
  lambda: LambdaClient,
  definition: FunctionDefinition,
  zip: Uint8Array | undefined,
  signal: AbortSignal,
): Promise<FunctionConfiguration> {
  await awaitActive(lambda, definition.name, signal);
  const updated = await lambda.send(
    new UpdateFunctionCodeCommand({
      FunctionName: definition.name,
      ...code(definition, zip),
      Architectures: [...definition.architectures],
    }),
  );
  await awaitActive(lambda, definition.name, signal);
  return updated;
}

/** All but the code. Waits for the updates before it and for its own. */
export async function updateConfiguration(
  lambda: LambdaClient,
  definition: FunctionDefinition,
  layers: readonly string[],
  signal: AbortSignal,
): Promise<FunctionConfiguration> {
  await awaitActive(lambda, definition.name, signal);
  const updated = await lambda.send(
    new UpdateFunctionConfigurationCommand({
      ...configuration(definition, layers),
      Runtime: definition.runtime as never,
      // Empty takes away what was there.
      DeadLetterConfig: { TargetArn: definition.deadLetterQueue },
      VpcConfig: network(definition.vpc ?? { SubnetIds: [], SecurityGroupIds: [] }),
      FileSystemConfigs: [...definition.fileSystems],
    }),
  );
  await awaitActive(lambda, definition.name, signal);
  return updated;
}
