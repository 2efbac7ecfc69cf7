/** The switches of behaviour.ts that concern every request: latency, throttling and errors, in each service's own words. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Behaviour } from "../behaviour.ts";
import { AwsError } from "../service.ts";

interface Refusals {
  readonly throttled: () => AwsError;
  readonly failed: () => AwsError;
}

const failure = (status: number, code: string, message: string) => () => new AwsError(status, code, message);
const INTERNAL = "We encountered an internal error. Please try again.";

const json: Refusals = {
  throttled: failure(400, "ThrottlingException", "Rate exceeded"),
  failed: failure(500, "InternalFailure", INTERNAL),
};
const query: Refusals = {
  throttled: failure(400, "Throttling", "Rate exceeded"),
  failed: failure(500, "InternalFailure", INTERNAL),
};

/** By the signature's scope. */
const REFUSALS: Readonly<Record<string, Refusals>> = {
  s3: {
    throttled: failure(503, "SlowDown", "Please reduce your request rate."),
    failed: failure(500, "InternalError", INTERNAL),
  },
  lambda: {
    throttled: () =>
      new AwsError(429, "TooManyRequestsException", "Rate exceeded", { Reason: "CallerRateLimitExceeded" }),
    failed: failure(500, "ServiceException", INTERNAL),
  },
  logs: { ...json, failed: failure(503, "ServiceUnavailableException", "The service cannot complete the request.") },
  tagging: {
    throttled: failure(400, "ThrottledException", "Rate exceeded"),
    failed: failure(500, "InternalServiceException", INTERNAL),
  },
  iam: { ...query, failed: failure(500, "ServiceFailure", INTERNAL) },
  sts: query,
  apigateway: {
    throttled: failure(429, "TooManyRequestsException", "Too Many Requests"),
    failed: failure(500, "InternalFailure", INTERNAL),
  },
  "execute-api": {
    throttled: failure(429, "TooManyRequestsException", "Too Many Requests"),
    failed: failure(500, "InternalServerErrorException", "Internal server error"),
  },
  ec2: {
    throttled: failure(503, "RequestLimitExceeded", "Request limit exceeded."),
    failed: failure(500, "InternalError", INTERNAL),
  },
};

/** Waits, then throws AwsError for the share of requests that is to be refused; nothing was done for them. */
export async function misbehave(
  { latencyMs, throttleRate, errorRate }: Behaviour,
  scope: string,
  random: () => number = Math.random,
): Promise<void> {
  if (latencyMs > 0) await sleep(latencyMs);
  const refusals = REFUSALS[scope] ?? json;
  if (random() < throttleRate) throw refusals.throttled();
  if (random() < errorRate) throw refusals.failed();
}
