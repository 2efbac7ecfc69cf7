/** The functions that scar deployed as this owner, in a constant number of requests a page. */
import { type FunctionConfiguration, ListTagsCommand, paginateListFunctions } from "@aws-sdk/client-lambda";
import { paginateGetResources } from "@aws-sdk/client-resource-groups-tagging-api";
import { decodeFdlVariable, ENV, TAG } from "../../fdl/contract.ts";
import { endpointUrl } from "./api/endpoint.ts";
import { isOwner, parseArn, parseLayerArn } from "./arn.ts";
import type { AwsClients } from "./clients.ts";
import { callerIdentity } from "./controllers/identity.ts";
import { layerVersions } from "./controllers/layers.ts";
import { isAwsError } from "./errors.ts";
import { supervisorVersion } from "./package/layer-release.ts";
import { SUPERVISOR_LAYERS } from "./plan/upgraded-config.ts";
import type { AwsSession } from "./session.ts";

/** The most that the tagging API answers at once; its own default is fewer. */
const TAGGING_PAGE = 100;

export interface ListedFunction {
  readonly name: string;
  /** MB. */
  readonly memory: number;
  /** Seconds. */
  readonly timeout: number;
  readonly imageId: string | undefined;
  readonly apiUrl: string | undefined;
  readonly supervisorVersion: string | undefined;
  /** As AWS tells it. */
  readonly configuration: FunctionConfiguration;
}

/** Sorted by name. */
export async function listFunctions(clients: AwsClients): Promise<ListedFunction[]> {
  const functions = await ownFunctions(clients);
  const versions = await supervisorVersions(clients, functions);
  return functions
    .map((configuration) => describe(configuration, versions, clients.session))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Tagged as scar's and as this owner's. */
export async function ownFunctions(clients: AwsClients): Promise<FunctionConfiguration[]> {
  const [identity, all, tagged] = await Promise.all([
    callerIdentity(clients),
    allFunctions(clients),
    taggedFunctions(clients),
  ]);
  const own = await Promise.all(
    all.map(async (configuration) => {
      const arn = configuration.FunctionArn ?? "";
      const tags = tagged.get(arn) ?? (looksOurs(configuration) ? await tagsOf(clients, arn) : undefined);
      return tags?.[TAG.createdBy] === "scar" && isOwner(identity, tags[TAG.owner]) ? [configuration] : [];
    }),
  );
  return own.flat();
}

async function allFunctions(clients: AwsClients): Promise<FunctionConfiguration[]> {
  const found: FunctionConfiguration[] = [];
  for await (const page of paginateListFunctions({ client: await clients.lambda() }, {})) {
    found.push(...(page.Functions ?? []));
  }
  return found;
}

/** Tags by ARN of the functions that the tagging API knows as scar's; it lags behind by seconds. */
async function taggedFunctions(clients: AwsClients): Promise<Map<string, Record<string, string>>> {
  const found = new Map<string, Record<string, string>>();
  const pages = paginateGetResources(
    { client: await clients.tagging(), pageSize: TAGGING_PAGE },
    { TagFilters: [{ Key: TAG.createdBy, Values: ["scar"] }], ResourceTypeFilters: ["lambda:function"] },
  );
  for await (const page of pages) {
    for (const { ResourceARN, Tags } of page.ResourceTagMappingList ?? []) {
      found.set(ResourceARN ?? "", Object.fromEntries((Tags ?? []).map((tag) => [tag.Key ?? "", tag.Value ?? ""])));
    }
  }
  return found;
}

/** Carries the variable that only scar writes. */
function looksOurs(configuration: FunctionConfiguration): boolean {
  return configuration.Environment?.Variables?.[ENV.fdl] !== undefined;
}

async function tagsOf(clients: AwsClients, arn: string): Promise<Record<string, string> | undefined> {
  try {
    return (await (await clients.lambda()).send(new ListTagsCommand({ Resource: arn }))).Tags;
  } catch (error) {
    if (isAwsError(error, "ResourceNotFoundException")) return undefined;
    throw error;
  }
}

/** Release by ARN of the layer version; one listing a layer, not one a function. */
async function supervisorVersions(
  clients: AwsClients,
  functions: readonly FunctionConfiguration[],
): Promise<Map<string, string>> {
  const names = new Set(functions.flatMap((f) => supervisorLayer(f)?.name ?? []));
  const lambda = await clients.lambda();
  const listed = await Promise.all([...names].map((name) => layerVersions(lambda, name)));
  return new Map(listed.flat().map(({ arn, description }) => [arn, supervisorVersion(description)]));
}

function supervisorLayer(configuration: FunctionConfiguration): { arn: string; name: string } | undefined {
  const custom = decodeFdlVariable(configuration.Environment?.Variables?.[ENV.fdl])?.supervisor?.layer_name;
  for (const { Arn } of configuration.Layers ?? []) {
    const name = parseLayerArn(Arn ?? "")?.name;
    if (name !== undefined && (SUPERVISOR_LAYERS.has(name) || name === custom)) return { arn: Arn!, name };
  }
  return undefined;
}

function describe(
  configuration: FunctionConfiguration,
  versions: ReadonlyMap<string, string>,
  session: AwsSession,
): ListedFunction {
  const variables = configuration.Environment?.Variables ?? {};
  const layer = supervisorLayer(configuration);
  const fdl = decodeFdlVariable(variables[ENV.fdl]);
  const api = variables[ENV.apiGatewayId];
  const { partition } = parseArn(configuration.FunctionArn ?? "");
  return {
    name: configuration.FunctionName ?? "",
    memory: configuration.MemorySize ?? 0,
    timeout: configuration.Timeout ?? 0,
    imageId: variables[ENV.imageId],
    apiUrl: api ? endpointUrl(session, partition, api) : undefined,
    // A layer version that was deleted still runs; the FDL remembers which it was.
    supervisorVersion: layer && (versions.get(layer.arn) || fdl?.supervisor?.version),
    configuration,
  };
}
