/** What a caller has to know of a REST API, scar's or the original's. */
import {
  type APIGatewayClient,
  GetRestApiCommand,
  paginateGetResources,
  type Resource,
} from "@aws-sdk/client-api-gateway";
import { isAwsError } from "../errors.ts";

export interface ApiFacts {
  /** Media types whose bodies the API hands over as they are; every type is written with two stars. */
  readonly binaryMediaTypes: readonly string[];
  /** Whether it has the route that takes asynchronous calls: scar's APIs have, the original's do not. */
  readonly hasAsync: boolean;
  /** `NONE`, `AWS_IAM`, … of its methods. */
  readonly authorization: string;
}

/** Undefined when there is no such API. Throws AwsError. */
export async function apiFacts(client: APIGatewayClient, apiId: string): Promise<ApiFacts | undefined> {
  try {
    const [{ binaryMediaTypes = [] }, resources] = await Promise.all([
      client.send(new GetRestApiCommand({ restApiId: apiId })),
      resourcesOf(client, apiId),
    ]);
    const proxy = resources.find(({ path }) => path === "/{proxy+}");
    return {
      binaryMediaTypes,
      hasAsync: resources.some(({ path }) => path === "/async"),
      authorization: proxy?.resourceMethods?.["ANY"]?.authorizationType ?? "NONE",
    };
  } catch (error) {
    if (isAwsError(error, "NotFoundException")) return undefined;
    throw error;
  }
}

async function resourcesOf(client: APIGatewayClient, restApiId: string): Promise<Resource[]> {
  const all: Resource[] = [];
  const request = { restApiId, embed: ["methods"], limit: 500 };
  for await (const { items = [] } of paginateGetResources({ client }, request)) all.push(...items);
  return all;
}
