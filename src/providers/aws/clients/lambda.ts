import { LambdaClient } from "@aws-sdk/client-lambda";
import type { AwsSession } from "../session.ts";
import { ONCE, retryStrategy } from "./retry.ts";
import { type ClientSettings, translateErrors } from "./settings.ts";

/** Milliseconds above the 900 s that a function may run at most: the longest that a synchronous Invoke is waited for. */
const LONGEST_INVOCATION = 960_000;

export function lambdaClient(session: AwsSession, settings: ClientSettings): LambdaClient {
  const client = new LambdaClient(settings);
  client.middlewareStack.use(translateErrors("lambda", session));
  return client;
}

export function invokeClient(session: AwsSession, settings: ClientSettings): LambdaClient {
  return lambdaClient(session, {
    ...settings,
    retryStrategy: retryStrategy(ONCE),
    requestHandler: { ...settings.requestHandler, requestTimeout: LONGEST_INVOCATION },
  });
}
