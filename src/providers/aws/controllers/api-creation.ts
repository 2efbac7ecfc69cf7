/** Creates a function's REST API. */
import { type APIGatewayClient, CreateRestApiCommand } from "@aws-sdk/client-api-gateway";
import { TAG } from "../../../fdl/contract.ts";
import type { ApiDefinition } from "../api/definition.ts";
import { isAwsError, isPassing } from "../errors.ts";
import { poll } from "../wait.ts";
import { taggedApis } from "./apis.ts";

/** AWS takes one CreateRestApi in 3 s (AWS: "Amazon API Gateway quotas"). */
const CREATION = { first: 500, longest: 5_000, deadline: 60_000 };
const DESCRIPTION = "API created automatically with SCAR";

/**
 * A new, empty API. CreateRestApi makes another one each time that it is sent: after an answer that says nothing, it is looked whether
 * there is one now.
 * @param once retries nothing
 */
export async function createApi(
  { client, once }: { readonly client: APIGatewayClient; readonly once: APIGatewayClient },
  api: ApiDefinition,
  signal: AbortSignal,
): Promise<{ readonly id: string }> {
  let refusal: unknown;
  const created = await poll(
    async () => {
      try {
        const { $metadata, id = "" } = await once.send(new CreateRestApiCommand(creation(api)));
        return { $metadata, id };
      } catch (error) {
        if (!isPassing(error) && !isAwsError(error, "EndpointUnreachable")) throw error;
        refusal = error;
        return (await taggedApis(client)).find(({ tags }) => isSameOwner(tags, api.tags));
      }
    },
    CREATION,
    signal,
  );
  if (created === undefined) throw refusal;
  return created;
}

function creation({ name, tags, binaryMediaTypes }: ApiDefinition) {
  return {
    name,
    description: DESCRIPTION,
    endpointConfiguration: { types: ["REGIONAL" as const] },
    tags: { ...tags },
    ...(binaryMediaTypes.length > 0 && { binaryMediaTypes: [...binaryMediaTypes] }),
  };
}

function isSameOwner(tags: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): boolean {
  return [TAG.createdBy, TAG.owner, TAG.function].every((key) => tags[key] === wanted[key]);
}
