/** A function's configuration for asynchronous invocation: read with AWS's bounds, and shown. */
import type { Behaviour } from "../../behaviour.ts";
import { AwsError } from "../../service.ts";
import { integer, invalid, object, text } from "../control/input.ts";
import type { RetryRules } from "../invoke/retry.ts";
import type { DestinationConfig, EventInvokeConfig, FunctionRecord } from "../model.ts";
import { readDestination } from "./arn.ts";

type Input = Readonly<Record<string, unknown>>;

/** What the queue goes by; AWS's own defaults are two more attempts and six hours. */
export function retryRules(
  record: FunctionRecord | undefined,
  { timeScale }: Pick<Behaviour, "timeScale">,
): RetryRules {
  const { MaximumRetryAttempts = 2, MaximumEventAgeInSeconds = 21_600 } = record?.EventInvokeConfig ?? {};
  return {
    maximumRetryAttempts: MaximumRetryAttempts,
    maximumEventAge: MaximumEventAgeInSeconds,
    disabled: record?.ReservedConcurrentExecutions === 0,
    timeScale,
  };
}

/** @param before what an update leaves as it is; a put begins anew */
export function readEventInvokeConfig(
  input: Input,
  functionArn: string,
  before?: EventInvokeConfig,
): EventInvokeConfig {
  const retries = integer(input, "MaximumRetryAttempts", 0, 2) ?? before?.MaximumRetryAttempts;
  const age = integer(input, "MaximumEventAgeInSeconds", 60, 21_600) ?? before?.MaximumEventAgeInSeconds;
  const destinations = readDestinations(input["DestinationConfig"], functionArn) ?? before?.DestinationConfig;
  return {
    LastModified: Date.now() / 1000,
    ...(retries !== undefined && { MaximumRetryAttempts: retries }),
    ...(age !== undefined && { MaximumEventAgeInSeconds: age }),
    ...(destinations && { DestinationConfig: destinations }),
  };
}

function readDestinations(value: unknown, functionArn: string): DestinationConfig | undefined {
  if (value === undefined || value === null) return undefined;
  const success = readOne(value, "OnSuccess", functionArn);
  const failure = readOne(value, "OnFailure", functionArn);
  return { ...(success && { OnSuccess: success }), ...(failure && { OnFailure: failure }) };
}

/** An empty ARN takes a destination away. */
function readOne(
  destinations: unknown,
  on: "OnSuccess" | "OnFailure",
  functionArn: string,
): { readonly Destination: string } | undefined {
  const arn = text(object(object(destinations)[on]), "Destination");
  if (!arn) return undefined;
  const { kind } = readDestination(arn);
  if (kind === "s3" && on === "OnSuccess") {
    invalid(`The destination ARN ${arn} is invalid: a bucket takes the records of failures alone.`);
  }
  if (arn.replace(/:\$LATEST$/, "") === functionArn) {
    invalid("You can't specify the function as a destination for itself.");
  }
  return { Destination: arn };
}

/** As AWS shows it. */
export function shownEventInvokeConfig({ FunctionArn }: FunctionRecord, config: EventInvokeConfig): object {
  const { DestinationConfig: destinations = {}, ...rest } = config;
  const { OnSuccess = {}, OnFailure = {} } = destinations;
  return { ...rest, FunctionArn: `${FunctionArn}:$LATEST`, DestinationConfig: { OnSuccess, OnFailure } };
}

export function noEventInvokeConfig({ FunctionArn }: FunctionRecord): AwsError {
  const message = `The function ${FunctionArn}:$LATEST doesn't have an EventInvokeConfig`;
  return new AwsError(404, "ResourceNotFoundException", message);
}
