/** REST APIs on the local AWS, looked at and made with the official SDK. */
import {
  APIGatewayClient,
  CreateDeploymentCommand,
  CreateResourceCommand,
  CreateRestApiCommand,
  GetDeploymentsCommand,
  GetResourcesCommand,
  GetRestApisCommand,
  GetStageCommand,
  PutIntegrationCommand,
  PutMethodCommand,
  type Resource,
} from "@aws-sdk/client-api-gateway";
import type { LocalServer } from "../../src/local/control.ts";
import { clientConfig } from "./local-clients.ts";

export const apiGateway = (server: LocalServer): APIGatewayClient => new APIGatewayClient(clientConfig(server));

/** Ids of all APIs whose name it is; default: of all. */
export async function apiIds(client: APIGatewayClient, name?: string): Promise<string[]> {
  const { items = [] } = await client.send(new GetRestApisCommand({ limit: 500 }));
  return items.filter((api) => name === undefined || api.name === name).map(({ id = "" }) => id);
}

/** Resources with their methods, by path. */
export async function resourcesOf(
  client: APIGatewayClient,
  restApiId: string,
): Promise<Readonly<Record<string, Resource>>> {
  const { items = [] } = await client.send(new GetResourcesCommand({ restApiId, limit: 500, embed: ["methods"] }));
  return Object.fromEntries(items.map((resource) => [resource.path ?? "", resource]));
}

/** How often it was deployed, and what the stage serves. */
export async function deploymentsOf(
  client: APIGatewayClient,
  restApiId: string,
): Promise<{ readonly count: number; readonly deploymentId: string | undefined }> {
  const { items = [] } = await client.send(new GetDeploymentsCommand({ restApiId }));
  const { deploymentId } = await client.send(new GetStageCommand({ restApiId, stageName: "scar" }));
  return { count: items.length, deploymentId };
}

export interface OriginalApi {
  readonly name: string;
  readonly functionArn: string;
  /** Default `NONE`. */
  readonly authorizationType?: "NONE" | "AWS_IAM";
  /** The original's APIs have none. */
  readonly binaryMediaTypes?: string[];
}

/** An API as SCAR 4.3.1 made it (test/fixtures/traces, c09): no tags, no method at the root. */
export async function createOriginalApi(
  client: APIGatewayClient,
  { name, functionArn, authorizationType = "NONE", binaryMediaTypes }: OriginalApi,
): Promise<string> {
  const { id: restApiId, rootResourceId } = await client.send(
    new CreateRestApiCommand({
      name,
      description: "API created automatically with SCAR",
      endpointConfiguration: { types: ["REGIONAL"] },
      ...(binaryMediaTypes === undefined ? {} : { binaryMediaTypes }),
    }),
  );
  const { id: resourceId } = await client.send(
    new CreateResourceCommand({ restApiId, parentId: rootResourceId, pathPart: "{proxy+}" }),
  );
  const method = { restApiId, resourceId, httpMethod: "ANY" };
  const header = "request.header.X-Amz-Invocation-Type";
  await client.send(
    new PutMethodCommand({
      ...method,
      authorizationType,
      requestParameters: { [`method.${header}`]: false },
    }),
  );
  const [, partition, , region] = functionArn.split(":");
  await client.send(
    new PutIntegrationCommand({
      ...method,
      integrationHttpMethod: "POST",
      type: "AWS_PROXY",
      uri: `arn:${partition}:apigateway:${region}:lambda:path/2015-03-31/functions/${functionArn}/invocations`,
      requestParameters: { [`integration.${header}`]: `method.${header}` },
    }),
  );
  await client.send(new CreateDeploymentCommand({ restApiId, stageName: "scar" }));
  return restApiId!;
}
