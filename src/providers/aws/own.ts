/** All that `rm -a` is about: own functions, and what a removal that was cut left of others. */
import { paginateGetResources } from "@aws-sdk/client-resource-groups-tagging-api";
import { TAG } from "../../fdl/contract.ts";
import { logGroupName } from "./arn.ts";
import type { AwsClients } from "./clients.ts";
import { taggedApis } from "./controllers/apis.ts";
import { callerIdentity } from "./controllers/identity.ts";
import { isDenied } from "./errors.ts";
import { ownFunctions } from "./list.ts";

export interface Own {
  /** Names, sorted. */
  readonly functions: readonly string[];
  /** Names of functions that are gone and whose log groups or APIs are there. */
  readonly leftovers: readonly string[];
}

export async function ownNames(clients: AwsClients): Promise<Own> {
  const [functions, logGroups, apis] = await Promise.all([
    ownFunctions(clients),
    namesOfLogGroups(clients),
    namesOfApis(clients),
  ]);
  const names = functions.map(({ FunctionName }) => FunctionName ?? "").sort();
  const known = new Set(names);
  return {
    functions: names,
    leftovers: [...new Set([...logGroups, ...apis])].filter((name) => !known.has(name)).sort(),
  };
}

/** Functions that our log groups were made for; the original's have no such tag. */
async function namesOfLogGroups(clients: AwsClients): Promise<string[]> {
  const { owner } = await callerIdentity(clients);
  const TagFilters = [
    { Key: TAG.createdBy, Values: ["scar"] },
    { Key: TAG.owner, Values: [owner] },
    { Key: TAG.function },
  ];
  const names = new Set<string>();
  const request = { TagFilters, ResourceTypeFilters: ["logs:log-group"] };
  for await (const page of paginateGetResources({ client: await clients.tagging() }, request)) {
    for (const { ResourceARN = "", Tags = [] } of page.ResourceTagMappingList ?? []) {
      const name = Tags.find(({ Key }) => Key === TAG.function)?.Value ?? "";
      if (ResourceARN.replace(/:\*$/, "").endsWith(`:log-group:${logGroupName(name)}`)) names.add(name);
    }
  }
  return [...names];
}

/** Functions that our APIs were made for; none for who may not list them. */
async function namesOfApis(clients: AwsClients): Promise<string[]> {
  const [{ owner }, client] = await Promise.all([callerIdentity(clients), clients.apiGateway()]);
  try {
    const own = (await taggedApis(client)).filter(({ tags }) => tags[TAG.owner] === owner);
    return own.flatMap(({ tags }) => tags[TAG.function] ?? []);
  } catch (error) {
    if (isDenied(error)) return [];
    throw error;
  }
}
