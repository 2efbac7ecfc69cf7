/** Whether a method of an API is what a route says. */
import { isDeepStrictEqual } from "node:util";
import type { Method } from "@aws-sdk/client-api-gateway";
import type { Route } from "./definition.ts";

/** What AWS adds of its own (timeouts, cache keys) counts as nothing. */
export function differsFrom(route: Route, found: Method): boolean {
  const { integration, answer } = route;
  const present = found.methodIntegration;
  const answered = present?.integrationResponses?.[answer?.statusCode ?? ""];
  const wanted = [
    route.authorizationType,
    route.requestParameters,
    integration.type,
    integration.integrationHttpMethod,
    integration.uri,
    integration.requestParameters,
    integration.requestTemplates ?? {},
    integration.contentHandling,
    ...(answer === undefined ? [] : [integration.passthroughBehavior, answer.templates]),
  ];
  const there = [
    found.authorizationType,
    found.requestParameters ?? {},
    present?.type,
    present?.httpMethod,
    present?.uri,
    present?.requestParameters ?? {},
    present?.requestTemplates ?? {},
    present?.contentHandling,
    ...(answer === undefined ? [] : [present?.passthroughBehavior, answered?.responseTemplates]),
  ];
  return !isDeepStrictEqual(wanted, there);
}
