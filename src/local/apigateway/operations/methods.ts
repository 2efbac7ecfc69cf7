/** Methods of resources, and what they may answer. */
import { notServed } from "../../service.ts";
import { badMapping, badRequest, conflict, noSuchStatus } from "../errors.ts";
import { flag, flagMap, given, readInput, refuse, text, textMap } from "../input.ts";
import type { Method, MethodResponse } from "../model.ts";
import { applyPatch, type PatchPaths } from "../patch.ts";
import {
  answer,
  member,
  noContent,
  type Operation,
  requireApi,
  requireMethod,
  requireResource,
  saveMethod,
  withMember,
} from "./context.ts";

const VERBS = ["GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD", "ANY"];
const AUTHORIZATION = ["NONE", "AWS_IAM", "CUSTOM", "COGNITO_USER_POOLS"];
const REQUEST_PARAMETER =
  /^method\.request\.(?:header|querystring|multivaluequerystring|multivalueheader|path)\.[^\s]+$/;
const RESPONSE_PARAMETER = /^method\.response\.header\.[^\s]+$/;

export const putMethod: Operation = async (context, request, [apiId, resourceId, verb]) => {
  const input = await readInput(request);
  const api = requireApi(context, apiId!);
  const resource = requireResource(api, resourceId!);
  if (!VERBS.includes(verb!)) throw badRequest("Invalid HTTP method specified");
  if (member(resource.resourceMethods, verb!)) throw conflict("Method already exists for this resource");
  refuse(input, "PutMethod", ["authorizerId", "requestValidatorId", "authorizationScopes"]);
  const method = checkMethod("PutMethod", {
    httpMethod: verb!,
    authorizationType: text(input, "authorizationType") ?? "",
    apiKeyRequired: flag(input, "apiKeyRequired"),
    ...given("operationName", text(input, "operationName")),
    ...given("requestParameters", flagMap(input, "requestParameters")),
    ...given("requestModels", textMap(input, "requestModels")),
  });
  saveMethod(context, { api, resource }, verb!, method);
  return answer(201, method);
};

export const getMethod: Operation = (context, _request, args) => answer(200, requireMethod(context, args).method);

const PATHS: PatchPaths = {
  authorizationType: "text",
  apiKeyRequired: "flag",
  operationName: "text",
  requestParameters: "flag-map",
  requestModels: "map",
};

export const updateMethod: Operation = async (context, request, args) => {
  const input = await readInput(request);
  const found = requireMethod(context, args);
  const patched = applyPatch(found.method, input, PATHS, {
    operation: "UpdateMethod",
    unserved: /^\/(?:authorizerId|authorizationScopes|requestValidatorId)(?:\/|$)/,
  });
  const method = checkMethod("UpdateMethod", patched);
  saveMethod(context, found, method.httpMethod, method);
  return answer(200, method);
};

export const deleteMethod: Operation = (context, _request, args) => {
  const found = requireMethod(context, args);
  saveMethod(context, found, found.method.httpMethod);
  return noContent;
};

export const putMethodResponse: Operation = async (context, request, args) => {
  const input = await readInput(request);
  const { api, resource, method } = requireMethod(context, args);
  const statusCode = checkStatus(args[3]!);
  if (member(method.methodResponses, statusCode)) throw conflict("Response already exists for this resource");
  const response = checkResponse({
    statusCode,
    ...given("responseParameters", flagMap(input, "responseParameters")),
    ...given("responseModels", textMap(input, "responseModels")),
  });
  const methodResponses = withMember(method.methodResponses, statusCode, response);
  saveMethod(context, { api, resource }, method.httpMethod, { ...method, methodResponses });
  return answer(201, response);
};

export const getMethodResponse: Operation = (context, _request, args) =>
  answer(200, requireResponse(requireMethod(context, args).method, args[3]!));

export const updateMethodResponse: Operation = async (context, request, args) => {
  const input = await readInput(request);
  const found = requireMethod(context, args);
  const before = requireResponse(found.method, args[3]!);
  const paths: PatchPaths = { responseParameters: "flag-map", responseModels: "map" };
  const response = checkResponse(applyPatch(before, input, paths, { operation: "UpdateMethodResponse" }));
  const methodResponses = withMember(found.method.methodResponses, response.statusCode, response);
  saveMethod(context, found, found.method.httpMethod, { ...found.method, methodResponses });
  return answer(201, response);
};

export const deleteMethodResponse: Operation = (context, _request, args) => {
  const found = requireMethod(context, args);
  requireResponse(found.method, args[3]!);
  const methodResponses = withMember(found.method.methodResponses, args[3]!, undefined);
  saveMethod(context, found, found.method.httpMethod, { ...found.method, methodResponses });
  return noContent;
};

export function checkStatus(code: string): string {
  if (!/^[1-5]\d\d$/.test(code)) throw badRequest("Invalid status code specified");
  return code;
}

function requireResponse(method: Method, code: string): MethodResponse {
  const response = member(method.methodResponses, code);
  if (!response) throw noSuchStatus();
  return response;
}

function checkMethod(operation: string, method: Method): Method {
  const { authorizationType, apiKeyRequired, requestParameters = {} } = method;
  if (!AUTHORIZATION.includes(authorizationType)) {
    throw badRequest(`Invalid authorization type specified. Valid options are ${AUTHORIZATION.join(", ")}`);
  }
  if (authorizationType !== "NONE" && authorizationType !== "AWS_IAM") {
    throw notServed(`${operation} with the authorization type ${authorizationType}`);
  }
  if (apiKeyRequired) throw notServed(`${operation} with apiKeyRequired`);
  checkNames(Object.keys(requestParameters), REQUEST_PARAMETER);
  return method;
}

function checkResponse(response: MethodResponse): MethodResponse {
  checkNames(Object.keys(response.responseParameters ?? {}), RESPONSE_PARAMETER);
  return response;
}

function checkNames(names: readonly string[], form: RegExp): void {
  const wrong = names.find((name) => !form.test(name));
  if (wrong !== undefined) throw badMapping(`Invalid mapping expression parameter specified: ${wrong}`);
}
