/** REST APIs. */
import { notServed } from "../../service.ts";
import { badRequest, limitExceeded } from "../errors.ts";
import {
  bounded,
  flag,
  given,
  type Input,
  object,
  readInput,
  readTags,
  refuse,
  text,
  textMap,
  texts,
} from "../input.ts";
import { LIMITS, type RestApi } from "../model.ts";
import { applyPatch, type PatchPaths } from "../patch.ts";
import { awsNow, newId } from "../store.ts";
import { accepted, answer, type Operation, page, requireApi } from "./context.ts";

/** What only a policy, a client's certificate or another network could honour. */
const UNSERVED = ["cloneFrom", "minimumCompressionSize", "policy", "securityPolicy", "endpointAccessMode"];

export const createRestApi: Operation = async (context, request) => {
  if (request.query.get("mode") === "import") throw notServed("ImportRestApi");
  const input = await readInput(request);
  refuse(input, "CreateRestApi", UNSERVED);
  if (context.store.all().length >= LIMITS.apis) throw limitExceeded("Maximum number of REST APIs exceeded");
  const rootResourceId = newId(10, () => false);
  const api: RestApi = {
    id: newId(10, (id) => context.store.get(id) !== undefined),
    name: requireName(bounded(input, "name")),
    ...given("description", bounded(input, "description")),
    ...given("version", bounded(input, "version")),
    createdDate: awsNow(),
    binaryMediaTypes: checkMediaTypes([...new Set(texts(input, "binaryMediaTypes") ?? [])]),
    apiKeySource: checkKeySource(text(input, "apiKeySource") ?? "HEADER"),
    endpointConfiguration: readEndpoint(object(input, "endpointConfiguration") ?? {}),
    disableExecuteApiEndpoint: flag(input, "disableExecuteApiEndpoint"),
    tags: readTags(textMap(input, "tags") ?? {}),
    rootResourceId,
    resources: [{ id: rootResourceId, path: "/", resourceMethods: {} }],
    deployments: [],
    stages: [],
  };
  return answer(201, shown(context.store.put(api)));
};

export const getRestApi: Operation = (context, _request, [id]) => answer(200, shown(requireApi(context, id!)));

export const getRestApis: Operation = ({ store }, request) => page(request, store.all(), shown);

const PATHS: PatchPaths = {
  name: "text",
  description: "text",
  version: "text",
  binaryMediaTypes: "set",
  apiKeySource: "text",
  disableExecuteApiEndpoint: "flag",
};

export const updateRestApi: Operation = async (context, request, [id]) => {
  const input = await readInput(request);
  const after = applyPatch(requireApi(context, id!), input, PATHS, {
    operation: "UpdateRestApi",
    unserved: /^\/(?:minimumCompressionSize|policy|endpointConfiguration|securityPolicy|endpointAccessMode)(?:\/|$)/,
  });
  requireName(after.name);
  checkMediaTypes(after.binaryMediaTypes);
  checkKeySource(after.apiKeySource);
  return answer(200, shown(context.store.put(after)));
};

export const deleteRestApi: Operation = (context, _request, [id]) => {
  requireApi(context, id!);
  context.countDeletion();
  context.store.delete(id!);
  return accepted;
};

function shown(api: RestApi): unknown {
  const { resources, deployments, stages, binaryMediaTypes, ...rest } = api;
  return { ...rest, ...(binaryMediaTypes.length > 0 && { binaryMediaTypes }), apiStatus: "AVAILABLE" };
}

function requireName(name: string | undefined): string {
  if (name === undefined || name === "") throw badRequest("REST API name must be specified");
  return name;
}

function checkMediaTypes(types: readonly string[]): readonly string[] {
  const wrong = types.find((type) => !/^[^/\s]+\/[^/\s]+$/.test(type));
  if (wrong !== undefined) throw badRequest(`Invalid media type specified: ${wrong}`);
  return types;
}

function checkKeySource(source: string): string {
  if (source !== "HEADER" && source !== "AUTHORIZER") throw badRequest("Invalid API key source type specified");
  return source;
}

function readEndpoint(configuration: Input): RestApi["endpointConfiguration"] {
  const types = texts(configuration, "types") ?? ["EDGE"];
  const wrong = types.find((type) => !["REGIONAL", "EDGE", "PRIVATE"].includes(type));
  if (types.length !== 1 || wrong !== undefined) throw badRequest("Invalid endpoint type specified");
  if (types[0] === "PRIVATE") throw notServed("CreateRestApi of a PRIVATE endpoint");
  return { types, ipAddressType: text(configuration, "ipAddressType") ?? "ipv4" };
}
