/** Makes a REST API that is there what its definition says. */
import {
  type APIGatewayClient,
  CreateDeploymentCommand,
  CreateResourceCommand,
  DeleteMethodCommand,
  type Method,
  type PatchOperation,
  PutIntegrationCommand,
  PutIntegrationResponseCommand,
  PutMethodCommand,
  PutMethodResponseCommand,
  type Resource,
  TagResourceCommand,
  UpdateRestApiCommand,
} from "@aws-sdk/client-api-gateway";
import { ScarError } from "../../../errors.ts";
import { type ApiDefinition, deploymentDescription, type Route, routesOf } from "../api/definition.ts";
import { STAGE } from "../api/endpoint.ts";
import { differsFrom } from "../api/routes-differ.ts";
import { apiResources, deployedDescription, findApi, type RemoteApi } from "./apis.ts";

const METHOD = "ANY";

/** Settings, tags, resources, methods and the stage of an API that is there; what is as it is to be is left. */
export async function deployApi(
  client: APIGatewayClient,
  { id, arn }: { readonly id: string; readonly arn: string },
  api: ApiDefinition,
): Promise<void> {
  const found = await findApi(client, id);
  if (found === undefined) {
    throw new ScarError("ApiNotFound", `API '${id}' was deleted meanwhile`, { hint: "run the command again" });
  }
  const patchOperations = patchesOf(found, api);
  if (patchOperations.length > 0) await client.send(new UpdateRestApiCommand({ restApiId: id, patchOperations }));
  if (Object.entries(api.tags).some(([key, value]) => found.tags[key] !== value)) {
    await client.send(new TagResourceCommand({ resourceArn: arn, tags: { ...api.tags } }));
  }
  const resources = await apiResources(client, id);
  let changed = false;
  for (const route of routesOf(api)) {
    const resource = await ensureResource(client, id, resources, route.path);
    const present = resource.resourceMethods?.[METHOD];
    if (present !== undefined && !differsFrom(route, present)) continue;
    await putRoute(client, { restApiId: id, resourceId: resource.id!, httpMethod: METHOD }, route, present);
    changed = true;
  }
  const description = deploymentDescription(api);
  if (changed || (await deployedDescription(client, id)) !== description) {
    await client.send(new CreateDeploymentCommand({ restApiId: id, stageName: STAGE, description }));
  }
}

/** A `/` in a patch's path is `~1`, a `~` is `~0` (RFC 6901). */
function patchesOf(found: RemoteApi, api: ApiDefinition): PatchOperation[] {
  const path = (type: string): string => `/binaryMediaTypes/${type.replaceAll("~", "~0").replaceAll("/", "~1")}`;
  const { binaryMediaTypes: wanted } = api;
  return [
    ...(found.name === api.name ? [] : [{ op: "replace" as const, path: "/name", value: api.name }]),
    ...wanted
      .filter((type) => !found.binaryMediaTypes.includes(type))
      .map((type) => ({ op: "add" as const, path: path(type) })),
    ...found.binaryMediaTypes
      .filter((type) => !wanted.includes(type))
      .map((type) => ({ op: "remove" as const, path: path(type) })),
  ];
}

async function ensureResource(
  client: APIGatewayClient,
  restApiId: string,
  resources: readonly Resource[],
  path: string,
): Promise<Resource> {
  const found = resources.find((resource) => resource.path === path);
  if (found !== undefined) return found;
  const root = resources.find((resource) => resource.path === "/");
  return await client.send(
    new CreateResourceCommand({ restApiId, parentId: root?.id, pathPart: path.replace(/^\//, "") }),
  );
}

interface MethodPlace {
  readonly restApiId: string;
  readonly resourceId: string;
  readonly httpMethod: string;
}

/** Callers notice nothing of it: they are served what was deployed last. */
async function putRoute(
  client: APIGatewayClient,
  place: MethodPlace,
  { authorizationType, requestParameters, integration, answer }: Route,
  present: Method | undefined,
): Promise<void> {
  if (present !== undefined) await client.send(new DeleteMethodCommand(place));
  await client.send(new PutMethodCommand({ ...place, authorizationType, requestParameters: { ...requestParameters } }));
  await client.send(
    new PutIntegrationCommand({
      ...place,
      ...integration,
      requestParameters: { ...integration.requestParameters },
      requestTemplates: integration.requestTemplates && { ...integration.requestTemplates },
    }),
  );
  if (answer === undefined) return;
  const { statusCode, headers, templates } = answer;
  const parameter = (name: string): string => `method.response.header.${name}`;
  await client.send(
    new PutMethodResponseCommand({
      ...place,
      statusCode,
      responseParameters: Object.fromEntries(Object.keys(headers).map((name) => [parameter(name), false])),
      responseModels: { "application/json": "Empty" },
    }),
  );
  await client.send(
    new PutIntegrationResponseCommand({
      ...place,
      statusCode,
      responseParameters: Object.fromEntries(Object.entries(headers).map(([name, from]) => [parameter(name), from])),
      responseTemplates: { ...templates },
    }),
  );
}
