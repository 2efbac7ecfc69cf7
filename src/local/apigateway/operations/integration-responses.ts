/** What a method with mapping templates answers. */
import { notServed } from "../../service.ts";
import { badMapping, conflict, noSuchStatus } from "../errors.ts";
import { given, readInput, text, textMap } from "../input.ts";
import type { IntegrationResponse, Method } from "../model.ts";
import { applyPatch, type PatchPaths } from "../patch.ts";
import {
  answer,
  type Context,
  type FoundMethod,
  member,
  noContent,
  type Operation,
  requireIntegration,
  requireMethod,
  saveMethod,
  withMember,
} from "./context.ts";
import { checkStatus } from "./methods.ts";

export const putIntegrationResponse: Operation = async (context, request, args) => {
  const input = await readInput(request);
  const { method, ...place } = requireMethod(context, args);
  const integration = requireIntegration(method);
  const statusCode = checkStatus(args[3]!);
  const handling = text(input, "contentHandling");
  if (handling !== undefined) throw notServed("PutIntegrationResponse with contentHandling");
  const response = checkResponse("PutIntegrationResponse", method, {
    statusCode,
    ...given("selectionPattern", text(input, "selectionPattern")),
    ...given("responseParameters", textMap(input, "responseParameters")),
    ...given("responseTemplates", textMap(input, "responseTemplates")),
  });
  if (
    Object.values(integration.integrationResponses ?? {}).some(
      (other) => other.statusCode !== statusCode && other.selectionPattern === response.selectionPattern,
    )
  ) {
    throw conflict("Another response has the same selection pattern");
  }
  saveResponses(context, place, method, withMember(integration.integrationResponses, statusCode, response));
  return answer(201, response);
};

export const getIntegrationResponse: Operation = (context, _request, args) =>
  answer(200, requireResponse(requireMethod(context, args).method, args[3]!));

export const updateIntegrationResponse: Operation = async (context, request, args) => {
  const input = await readInput(request);
  const { method, ...place } = requireMethod(context, args);
  const paths: PatchPaths = { selectionPattern: "text", responseParameters: "map", responseTemplates: "map" };
  const patched = applyPatch(requireResponse(method, args[3]!), input, paths, {
    operation: "UpdateIntegrationResponse",
    unserved: /^\/contentHandling$/,
  });
  const response = checkResponse("UpdateIntegrationResponse", method, patched);
  const responses = requireIntegration(method).integrationResponses;
  saveResponses(context, place, method, withMember(responses, response.statusCode, response));
  return answer(200, response);
};

export const deleteIntegrationResponse: Operation = (context, _request, args) => {
  const { method, ...place } = requireMethod(context, args);
  requireResponse(method, args[3]!);
  const responses = requireIntegration(method).integrationResponses;
  saveResponses(context, place, method, withMember(responses, args[3]!, undefined));
  return noContent;
};

type Place = Omit<FoundMethod, "method">;

function saveResponses(
  context: Context,
  place: Place,
  method: Method,
  integrationResponses: Readonly<Record<string, IntegrationResponse>>,
): void {
  const methodIntegration = { ...requireIntegration(method), integrationResponses };
  saveMethod(context, place, method.httpMethod, { ...method, methodIntegration });
}

function requireResponse(method: Method, code: string): IntegrationResponse {
  const response = member(requireIntegration(method).integrationResponses, code);
  if (!response) throw noSuchStatus();
  return response;
}

/** Values come from Lambda's headers or stand in quotes; bodies are texts without directives. */
function checkResponse(operation: string, method: Method, response: IntegrationResponse): IntegrationResponse {
  const methodResponse = member(method.methodResponses, response.statusCode);
  if (!methodResponse) throw noSuchStatus();
  for (const [name, source] of Object.entries(response.responseParameters ?? {})) {
    if (!Object.hasOwn(methodResponse.responseParameters ?? {}, name)) {
      throw badMapping(`Invalid mapping expression parameter specified: ${name}`);
    }
    if (!/^(?:'[^']*'|integration\.response\.header\.[^\s]+)$/.test(source)) {
      throw notServed(`${operation} with a response parameter from ${source}`);
    }
  }
  for (const [contentType, template] of Object.entries(response.responseTemplates ?? {})) {
    if (/[$#]/.test(template)) {
      throw notServed(`${operation} with a mapping template for ${contentType} that is more than a text`);
    }
  }
  return response;
}
