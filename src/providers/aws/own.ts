/** All that `rm -a` is about: own functions, and what a removal that was cut left of others. */
import { paginateGetResources } from "@aws-sdk/client-resource-groups-tagging-api";
import { TAG } from "../../fdl/contract.ts";
import { isOwner, ownerTags } from "./arn.ts";
import type { AwsClients } from "./clients.ts";
import { parallelMap } from "./concurrency.ts";
import { taggedApis } from "./controllers/apis.ts";
import { findFunction } from "./controllers/functions.ts";
import { callerIdentity } from "./controllers/identity.ts";
import { isDenied } from "./errors.ts";
import { ownFunctions } from "./list.ts";

/** Functions that are asked for at one time. */
const PARALLEL = 8;

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
  const others = [...new Set([...logGroups, ...apis])].filter((name) => !known.has(name)).sort();
  const lambda = await clients.lambda();
  const leftovers: string[] = [];
  // A function that somebody else made under that name since is not one's own.
  const unlessThere = async (name: string) => ((await findFunction(lambda, name)) === undefined ? name : undefined);
  for await (const name of parallelMap(others, PARALLEL, unlessThere)) if (name !== undefined) leftovers.push(name);
  return { functions: names, leftovers };
}

function functionOfLogGroup(arn: string): string | undefined {
  return /:log-group:\/aws\/lambda\/([^:/]+)(?::\*)?$/.exec(arn)?.[1];
}

/** Functions that this owner's log groups were made for, by scar or by the original. */
async function namesOfLogGroups(clients: AwsClients): Promise<string[]> {
  const TagFilters = [
    { Key: TAG.createdBy, Values: ["scar"] },
    { Key: TAG.owner, Values: [...ownerTags(await callerIdentity(clients))] },
  ];
  const names = new Set<string>();
  const request = { TagFilters, ResourceTypeFilters: ["logs:log-group"] };
  for await (const page of paginateGetResources({ client: await clients.tagging() }, request)) {
    for (const { ResourceARN = "" } of page.ResourceTagMappingList ?? []) {
      const name = functionOfLogGroup(ResourceARN);
      if (name !== undefined) names.add(name);
    }
  }
  return [...names];
}

/** Functions that our APIs were made for; none for who may not list them. */
async function namesOfApis(clients: AwsClients): Promise<string[]> {
  const [identity, client] = await Promise.all([callerIdentity(clients), clients.apiGateway()]);
  try {
    const own = (await taggedApis(client)).filter(({ tags }) => isOwner(identity, tags[TAG.owner]));
    return own.flatMap(({ tags }) => tags[TAG.function] ?? []);
  } catch (error) {
    if (isDenied(error)) return [];
    throw error;
  }
}
