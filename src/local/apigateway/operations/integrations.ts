/** What stands behind a method: a Lambda function, as it is (AWS_PROXY) or with our mapping templates (AWS). */
import { notServed } from "../../service.ts";
import { badMapping, badRequest } from "../errors.ts";
import { given, type Input, integer, readInput, refuse, text, textMap, texts } from "../input.ts";
import { type Integration, LIMITS, type Method } from "../model.ts";
import { applyPatch, type PatchPaths } from "../patch.ts";
import { knownTemplate } from "../templates.ts";
import { answer, noContent, type Operation, requireIntegration, requireMethod, saveMethod } from "./context.ts";

const TYPES = ["HTTP", "HTTP_PROXY", "MOCK", "AWS", "AWS_PROXY"];
const PASSTHROUGH = ["WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER"];
const HANDLING = ["CONVERT_TO_TEXT", "CONVERT_TO_BINARY"];
const UNSERVED = ["credentials", "connectionId", "tlsConfig", "integrationTarget"];
const LAMBDA_URI =
  /^arn:aws[a-z-]*:apigateway:[a-z0-9-]+:lambda:path\/2015-03-31\/functions\/(arn:[^/]+)\/invocations$/;
/** The one parameter of the request to Lambda that has an effect here. */
const INVOCATION_TYPE = /^integration\.request\.header\.x-amz-invocation-type$/i;

/** The function of an integration's URI; undefined for another URI. */
export const functionOfUri = (uri: string): string | undefined => LAMBDA_URI.exec(uri)?.[1];

export const putIntegration: Operation = async (context, request, args) => {
  const input = await readInput(request);
  const { api, resource, method } = requireMethod(context, args);
  refuse(input, "PutIntegration", UNSERVED);
  for (const [name, only] of [
    ["connectionType", "INTERNET"],
    ["responseTransferMode", "BUFFERED"],
  ] as const) {
    if ((text(input, name) ?? only) !== only) throw notServed(`PutIntegration with the ${name} ${text(input, name)}`);
  }
  const integration = checkIntegration("PutIntegration", method, {
    type: readType(input),
    httpMethod: text(input, "httpMethod") ?? "",
    uri: text(input, "uri") ?? "",
    ...given("requestParameters", textMap(input, "requestParameters")),
    ...given("requestTemplates", textMap(input, "requestTemplates")),
    passthroughBehavior: text(input, "passthroughBehavior") ?? "WHEN_NO_MATCH",
    ...given("contentHandling", text(input, "contentHandling") || undefined),
    timeoutInMillis: integer(input, "timeoutInMillis") ?? LIMITS.timeoutMost,
    cacheNamespace: text(input, "cacheNamespace") ?? resource.id,
    cacheKeyParameters: texts(input, "cacheKeyParameters") ?? [],
  });
  saveMethod(context, { api, resource }, method.httpMethod, { ...method, methodIntegration: integration });
  return answer(201, integration);
};

export const getIntegration: Operation = (context, _request, args) =>
  answer(200, requireIntegration(requireMethod(context, args).method));

const PATHS: PatchPaths = {
  uri: "text",
  httpMethod: "text",
  requestParameters: "map",
  requestTemplates: "map",
  passthroughBehavior: "text",
  contentHandling: "text",
  timeoutInMillis: "integer",
  cacheNamespace: "text",
  cacheKeyParameters: "set",
};

export const updateIntegration: Operation = async (context, request, args) => {
  const input = await readInput(request);
  const { method, ...place } = requireMethod(context, args);
  const patched = applyPatch(requireIntegration(method), input, PATHS, {
    operation: "UpdateIntegration",
    unserved: /^\/(?:credentials|connectionType|connectionId|tlsConfig|responseTransferMode|integrationTarget)(?:\/|$)/,
  });
  const integration = checkIntegration("UpdateIntegration", method, patched);
  saveMethod(context, place, method.httpMethod, { ...method, methodIntegration: integration });
  return answer(200, integration);
};

export const deleteIntegration: Operation = (context, _request, args) => {
  const { method, ...place } = requireMethod(context, args);
  requireIntegration(method);
  const { methodIntegration, ...rest } = method;
  saveMethod(context, place, method.httpMethod, rest);
  return noContent;
};

function readType(input: Input): Integration["type"] {
  const type = text(input, "type") ?? "";
  if (type === "AWS" || type === "AWS_PROXY") return type;
  if (TYPES.includes(type)) throw notServed(`PutIntegration of the type ${type}`);
  throw badRequest(`Invalid integration type specified: '${type}'`);
}

function checkIntegration(operation: string, method: Method, integration: Integration): Integration {
  const { type, httpMethod, uri, passthroughBehavior, contentHandling, timeoutInMillis } = integration;
  if (httpMethod === "") throw badRequest("Enumeration value for HttpMethod must be non-empty");
  if (!/^arn:aws[a-z-]*:apigateway:[a-z0-9-]+:[a-z0-9.-]+:(?:path|action)\//.test(uri)) {
    throw badRequest("Invalid ARN specified in the request");
  }
  if (functionOfUri(uri) === undefined) throw notServed(`${operation} with the uri ${uri}`);
  if (httpMethod !== "POST") throw notServed(`${operation} with ${httpMethod}, which Lambda does not answer,`);
  if (!PASSTHROUGH.includes(passthroughBehavior)) throw badRequest("Invalid passthrough behavior specified");
  if (contentHandling !== undefined && !HANDLING.includes(contentHandling)) {
    throw badRequest("Invalid content handling strategy specified");
  }
  if (contentHandling === "CONVERT_TO_BINARY") throw notServed(`${operation} with CONVERT_TO_BINARY`);
  if (timeoutInMillis < LIMITS.timeoutLeast || timeoutInMillis > LIMITS.timeoutMost) {
    throw badRequest(`Timeout should be between ${LIMITS.timeoutLeast} ms and ${LIMITS.timeoutMost} ms`);
  }
  checkParameters(operation, method, integration);
  if (type === "AWS") checkTemplates(operation, integration);
  return integration;
}

function checkParameters(operation: string, method: Method, { requestParameters = {} }: Integration): void {
  for (const [name, source] of Object.entries(requestParameters)) {
    if (!INVOCATION_TYPE.test(name)) throw notServed(`${operation} with the request parameter ${name}`);
    if (/^'[^']*'$/.test(source)) continue;
    if (!source.startsWith("method.request.")) throw notServed(`${operation} with a request parameter from ${source}`);
    if (!Object.hasOwn(method.requestParameters ?? {}, source)) {
      throw badMapping(`Invalid mapping expression parameter specified: ${source}`);
    }
    if (!source.startsWith("method.request.header.")) {
      throw notServed(`${operation} with a request parameter from ${source}`);
    }
  }
}

/** Only what hands an event on and does not wait for what comes of it can be done without a whole Velocity. */
function checkTemplates(
  operation: string,
  { requestTemplates = {}, requestParameters = {}, passthroughBehavior }: Integration,
): void {
  const event = Object.entries(requestParameters).some(([, source]) => source === "'Event'");
  if (!event) throw notServed(`${operation} of the type AWS without X-Amz-Invocation-Type 'Event'`);
  if (passthroughBehavior === "WHEN_NO_MATCH" || Object.keys(requestTemplates).length === 0) {
    throw notServed(`${operation} of the type AWS that passes bodies through without a mapping template`);
  }
  for (const [contentType, template] of Object.entries(requestTemplates)) {
    if (!knownTemplate(template)) {
      throw notServed(`${operation} with a mapping template for ${contentType} that is not scar's own`);
    }
  }
}
