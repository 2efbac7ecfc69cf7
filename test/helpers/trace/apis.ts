/** REST APIs of the local AWS, in the form that the traces' accounts have. */
import {
  type APIGatewayClient,
  DeleteRestApiCommand,
  GetRestApisCommand,
  GetStagesCommand,
  type Method,
  type RestApi,
} from "@aws-sdk/client-api-gateway";
import { createOriginalApi, resourcesOf } from "../apis.ts";
import type { LocalClients } from "../local-clients.ts";
import { apiIdAfter, type TraceAccount, type TraceApi, type TraceMethod } from "./account.ts";

export interface TraceClients extends LocalClients {
  readonly apiGateway: APIGatewayClient;
}

/** Ids of the local AWS by those of the recording. */
export type ApiIds = ReadonlyMap<string, string>;

export async function placeApis(client: APIGatewayClient, { apis }: TraceAccount): Promise<ApiIds> {
  const ids = new Map<string, string>();
  for (const [id, { name, methods }] of Object.entries(apis)) {
    const { uri = "" } = methods["/{proxy+}"]?.["ANY"]?.integration ?? {};
    const functionArn = /functions\/(.+)\/invocations/.exec(uri)![1]!;
    ids.set(id, await createOriginalApi(client, { name, functionArn }));
  }
  return ids;
}

/** @returns those that are there, by the local AWS's ids; and all ids, with those that the stand-in would have given to new ones */
export async function readApis(
  client: APIGatewayClient,
  placed: ApiIds,
): Promise<{ readonly apis: TraceAccount["apis"]; readonly ids: ApiIds }> {
  const ids = new Map(placed);
  const apis: TraceAccount["apis"] = {};
  for (const api of await restApis(client)) {
    const id = api.id!;
    apis[id] = await readApi(client, id, api);
    if (![...ids.values()].includes(id)) ids.set(apiIdAfter(ids.size), id);
  }
  return { apis, ids };
}

const restApis = async (client: APIGatewayClient): Promise<RestApi[]> =>
  (await client.send(new GetRestApisCommand({ limit: 500 }))).items ?? [];

async function readApi(client: APIGatewayClient, restApiId: string, api: RestApi): Promise<TraceApi> {
  const { name = "", description, endpointConfiguration, tags = {} } = api;
  const resources = Object.entries(await resourcesOf(client, restApiId));
  const { item = [] } = await client.send(new GetStagesCommand({ restApiId }));
  const methods = resources.flatMap(([path, { resourceMethods = {} }]) => {
    const read = Object.entries(resourceMethods).map(([verb, method]) => [verb, readMethod(method)]);
    return read.length === 0 ? [] : [[path, Object.fromEntries(read)]];
  });
  return {
    name,
    description,
    types: endpointConfiguration?.types,
    tags,
    methods: Object.fromEntries(methods),
    stages: item.map(({ stageName = "" }) => stageName),
  };
}

function readMethod({ authorizationType = "", requestParameters, methodIntegration }: Method): TraceMethod {
  const { type = "", httpMethod = "", uri = "", requestParameters: passed } = methodIntegration ?? {};
  return {
    authorizationType,
    requestParameters,
    integration: methodIntegration && { type, httpMethod, uri, requestParameters: passed },
  };
}

export async function deleteApis(client: APIGatewayClient): Promise<void> {
  for (const { id } of await restApis(client)) await client.send(new DeleteRestApiCommand({ restApiId: id }));
}
