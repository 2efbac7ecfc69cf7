/** What Lambda does with a function's asynchronous events: attempts, age, destinations. */
import {
  DeleteFunctionEventInvokeConfigCommand,
  GetFunctionConfigurationCommand,
  GetFunctionEventInvokeConfigCommand,
  type LambdaClient,
  PutFunctionEventInvokeConfigCommand,
} from "@aws-sdk/client-lambda";
import type { EventInvokeConfig } from "../../../fdl/contract.ts";
import { isAwsError } from "../errors.ts";

/** Undefined when the function has AWS's defaults. */
export async function eventConfig(lambda: LambdaClient, functionName: string): Promise<EventInvokeConfig | undefined> {
  try {
    const found = await lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName: functionName }));
    const { MaximumRetryAttempts, MaximumEventAgeInSeconds, DestinationConfig } = found;
    const success = DestinationConfig?.OnSuccess?.Destination;
    const failure = DestinationConfig?.OnFailure?.Destination;
    return {
      ...(MaximumRetryAttempts !== undefined && { maximum_retry_attempts: MaximumRetryAttempts }),
      ...(MaximumEventAgeInSeconds !== undefined && { maximum_event_age: MaximumEventAgeInSeconds }),
      ...(success !== undefined && { on_success: success }),
      ...(failure !== undefined && { on_failure: failure }),
    };
  } catch (error) {
    if (isAwsError(error, "ResourceNotFoundException")) return undefined;
    throw error;
  }
}

/** Replaces all of it; without `config` the function has AWS's defaults again. Undefined: there was nothing to take away. */
export async function configureEvents(
  lambda: LambdaClient,
  functionName: string,
  config: EventInvokeConfig | undefined,
): Promise<object | undefined> {
  if (config) return await lambda.send(new PutFunctionEventInvokeConfigCommand(putInput(functionName, config)));
  try {
    return await lambda.send(new DeleteFunctionEventInvokeConfigCommand({ FunctionName: functionName }));
  } catch (error) {
    if (isAwsError(error, "ResourceNotFoundException")) return undefined;
    throw error;
  }
}

function putInput(FunctionName: string, config: EventInvokeConfig) {
  const { maximum_retry_attempts, maximum_event_age, on_success, on_failure } = config;
  return {
    FunctionName,
    ...(maximum_retry_attempts !== undefined && { MaximumRetryAttempts: maximum_retry_attempts }),
    ...(maximum_event_age !== undefined && { MaximumEventAgeInSeconds: maximum_event_age }),
    DestinationConfig: {
      ...(on_success !== undefined && { OnSuccess: { Destination: on_success } }),
      ...(on_failure !== undefined && { OnFailure: { Destination: on_failure } }),
    },
  };
}

/** AWS's own rules (Lambda Developer Guide, "Configuring error handling settings for Lambda asynchronous invocations"). */
export const EVENT_DEFAULTS = { maximum_retry_attempts: 2, maximum_event_age: 21_600 } as const;

export interface EventPolicy {
  /** Seconds of one attempt. */
  readonly timeout: number;
  /** Attempts after the first. */
  readonly retries: number;
  /** Seconds that an event may wait. */
  readonly age: number;
}

/** What Lambda does with an event of the function. Throws AwsError `ResourceNotFoundException` where there is no function. */
export async function eventPolicy(lambda: LambdaClient, FunctionName: string): Promise<EventPolicy> {
  const [{ Timeout = 3 }, own] = await Promise.all([
    lambda.send(new GetFunctionConfigurationCommand({ FunctionName })),
    eventConfig(lambda, FunctionName),
  ]);
  const { maximum_retry_attempts: retries, maximum_event_age: age } = { ...EVENT_DEFAULTS, ...own };
  return { timeout: Timeout, retries, age };
}
