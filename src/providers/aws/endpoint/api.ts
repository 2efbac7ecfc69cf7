/** What a caller has to know of a REST API, scar's or the original's. */
import type { APIGatewayClient } from "@aws-sdk/client-api-gateway";
import { apiResources, findApi } from "../controllers/apis.ts";
import { isAwsError } from "../errors.ts";

export interface ApiFacts {
  /** Media types whose bodies the API hands over as they are: `image/png`, or with stars for all. */
  readonly binaryMediaTypes: readonly string[];
  /** Whether it has the route that takes asynchronous calls: scar's APIs have, the original's do not. */
  readonly hasAsync: boolean;
  /** `NONE`, `AWS_IAM`, … of its methods. */
  readonly authorization: string;
}

/** Undefined when there is no such API. Throws AwsError. */
export async function apiFacts(client: APIGatewayClient, apiId: string): Promise<ApiFacts | undefined> {
  try {
    const [api, resources] = await Promise.all([findApi(client, apiId), apiResources(client, apiId)]);
    if (api === undefined) return undefined;
    const proxy = resources.find(({ path }) => path === "/{proxy+}");
    return {
      binaryMediaTypes: api.binaryMediaTypes,
      hasAsync: resources.some(({ path }) => path === "/async"),
      authorization: proxy?.resourceMethods?.["ANY"]?.authorizationType ?? "NONE",
    };
  } catch (error) {
    // It may go while it is read.
    if (isAwsError(error, "NotFoundException")) return undefined;
    throw error;
  }
}
