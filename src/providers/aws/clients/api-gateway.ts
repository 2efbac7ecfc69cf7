import { APIGatewayClient } from "@aws-sdk/client-api-gateway";
import type { AwsSession } from "../session.ts";
import { retryStrategy } from "./retry.ts";
import { type ClientSettings, translateErrors } from "./settings.ts";

export function apiGatewayClient(session: AwsSession, settings: ClientSettings): APIGatewayClient {
  const client = new APIGatewayClient(settings);
  client.middlewareStack.use(translateErrors("apigateway", session, httpVerb));
  return client;
}

/** Sends nothing twice: for what makes two of a thing when it is repeated, and for what is allowed so seldom that the user is told. */
export function apiGatewayOnceClient(session: AwsSession, settings: ClientSettings): APIGatewayClient {
  return apiGatewayClient(session, { ...settings, retryStrategy: retryStrategy({ throttled: 1 }) });
}

/** IAM's actions of API Gateway are HTTP's verbs (AWS: "Actions, resources, and condition keys for Amazon API Gateway Management"). */
function httpVerb(operation: string): string {
  if (operation.startsWith("Get")) return "GET";
  if (operation.startsWith("Put") || operation === "TagResource") return "PUT";
  if (operation.startsWith("Update")) return "PATCH";
  if (operation.startsWith("Delete") || operation === "UntagResource") return "DELETE";
  return "POST";
}
