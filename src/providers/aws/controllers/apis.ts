/** REST APIs of API Gateway: what there is. */
import {
  type APIGatewayClient,
  GetDeploymentCommand,
  GetRestApiCommand,
  GetStageCommand,
  paginateGetResources,
  paginateGetRestApis,
  type Resource,
  type RestApi,
} from "@aws-sdk/client-api-gateway";
import { TAG } from "../../../fdl/contract.ts";
import { STAGE } from "../api/endpoint.ts";
import { isAwsError } from "../errors.ts";

export interface RemoteApi {
  readonly id: string;
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly binaryMediaTypes: readonly string[];
}

/** Undefined when there is no such API. */
export async function findApi(client: APIGatewayClient, id: string): Promise<RemoteApi | undefined> {
  return unlessMissing(async () => remoteApi(await client.send(new GetRestApiCommand({ restApiId: id }))));
}

/** All that carry scar's tags, whoever's, oldest first. The tags are in the list itself, as of this moment. */
export async function taggedApis(client: APIGatewayClient): Promise<RemoteApi[]> {
  const found: RestApi[] = [];
  for await (const page of paginateGetRestApis({ client, pageSize: 500 }, {})) found.push(...(page.items ?? []));
  return found
    .filter(({ tags }) => tags?.[TAG.createdBy] === "scar")
    .sort((a, b) => (a.createdDate?.getTime() ?? 0) - (b.createdDate?.getTime() ?? 0))
    .map(remoteApi);
}

function remoteApi({ id = "", name = "", tags = {}, binaryMediaTypes = [] }: RestApi): RemoteApi {
  return { id, name, tags, binaryMediaTypes };
}

/** With their methods and integrations. */
export async function apiResources(client: APIGatewayClient, restApiId: string): Promise<Resource[]> {
  const found: Resource[] = [];
  const pages = paginateGetResources({ client, pageSize: 500 }, { restApiId, embed: ["methods"] });
  for await (const page of pages) found.push(...(page.items ?? []));
  return found;
}

/** Whether one of its methods calls the function: so the original's, which have no tags, are known. */
export async function callsFunction(client: APIGatewayClient, id: string, functionArn: string): Promise<boolean> {
  const resources = await unlessMissing(() => apiResources(client, id));
  return (resources ?? [])
    .flatMap(({ resourceMethods = {} }) => Object.values(resourceMethods))
    .some(({ methodIntegration }) => methodIntegration?.uri?.includes(`/functions/${functionArn}/`) === true);
}

/** Description of what its stage serves; undefined when it has no such stage. */
export async function deployedDescription(client: APIGatewayClient, restApiId: string): Promise<string | undefined> {
  return unlessMissing(async () => {
    const { deploymentId = "" } = await client.send(new GetStageCommand({ restApiId, stageName: STAGE }));
    return (await client.send(new GetDeploymentCommand({ restApiId, deploymentId }))).description ?? "";
  });
}

async function unlessMissing<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isAwsError(error, "NotFoundException")) return undefined;
    throw error;
  }
}
