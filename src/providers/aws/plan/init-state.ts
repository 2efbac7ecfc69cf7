/** What init has to know of AWS before its first write. */
import type { NotificationConfiguration } from "@aws-sdk/client-s3";
import { ENV, TAG } from "../../../fdl/contract.ts";
import type { FunctionSpec } from "../../../fdl/spec.ts";
import { type Identity, logGroupName } from "../arn.ts";
import type { BucketState } from "../controllers/buckets.ts";
import type { RemoteFunction } from "../controllers/functions.ts";
import type { LayerVersion } from "../controllers/layers.ts";
import type { RemoteState } from "../remote-state.ts";
import { type FunctionApis, functionApis } from "./api-state.ts";
import { layerName } from "./definition.ts";
import { inputsOf, s3Places } from "./storage.ts";

export interface InitState {
  readonly region: string;
  readonly identity: Identity;
  /** By function name; only those that exist. */
  readonly functions: ReadonlyMap<string, RemoteFunction>;
  /** Tags of the log groups that exist, by name. */
  readonly logGroups: ReadonlyMap<string, Readonly<Record<string, string>>>;
  readonly buckets: ReadonlyMap<string, BucketState>;
  /** `bucket/folder/` of the folder markers that exist. */
  readonly folders: ReadonlySet<string>;
  /** Of the input buckets that exist. */
  readonly notifications: ReadonlyMap<string, NotificationConfiguration>;
  /** By function name; only of functions that have or want any. */
  readonly apis: ReadonlyMap<string, FunctionApis>;
  /** By layer name, newest first. */
  readonly layers: ReadonlyMap<string, readonly LayerVersion[]>;
}

/** Reads it all at once; a bucket's folders and notifications only where there is a bucket. */
export async function readInitState(specs: readonly FunctionSpec[], remote: RemoteState): Promise<InitState> {
  const names = specs.map((spec) => spec.lambda.name);
  const places = specs.flatMap(({ lambda }) => [...s3Places(lambda.input), ...s3Places(lambda.output)]);
  const deployment = specs.flatMap(({ lambda }) => lambda.deployment.bucket || []);
  const inputBuckets = new Set(inputsOf(specs).map((input) => input.bucket));
  const [identity, functions, logGroups, layers, buckets] = await Promise.all([
    remote.identity(),
    readEach(names, (name) => remote.function(name)),
    readEach(names.map(logGroupName), (name) => remote.logGroup(name)),
    readEach(specs.map(layerName), (name) => remote.layerVersions(name)),
    readEach([...places.map((place) => place.bucket), ...deployment], (bucket) => remote.bucket(bucket)),
  ]);
  const found = [...buckets].flatMap(([bucket, state]) => (state.kind === "found" ? [bucket] : []));
  const markers = places.filter((place) => place.folder !== "" && found.includes(place.bucket));
  const [folders, notifications, apis] = await Promise.all([
    readEach(
      markers.map((place) => `${place.bucket}/${place.folder}`),
      async (path) => {
        const slash = path.indexOf("/");
        return (await remote.folder(path.slice(0, slash), path.slice(slash + 1))) || undefined;
      },
    ),
    readEach(
      found.filter((bucket) => inputBuckets.has(bucket)),
      (bucket) => remote.notifications(bucket),
    ),
    readEach(names, async (name) => {
      const spec = specs.find(({ lambda }) => lambda.name === name)!;
      const found = functions.get(name);
      const own = await functionApis(name, found, remote, looksForApis(spec, found));
      return own.apis.length + own.permissions.length > 0 ? own : undefined;
    }),
  ]);
  return {
    region: remote.region,
    identity,
    functions,
    logGroups,
    buckets,
    folders: new Set(folders.keys()),
    notifications,
    apis,
    layers,
  };
}

/** A whole function's variable and policy tell which API it has; a cut command may have made one that they do not tell of yet. */
function looksForApis(
  { api_gateway }: FunctionSpec,
  found: RemoteFunction | undefined,
): "needed" | "if-allowed" | "no" {
  const isCut = found?.tags[TAG.state] === "deploying";
  if (api_gateway !== undefined) return isCut || !found?.variables[ENV.apiGatewayId] ? "needed" : "no";
  return isCut ? "if-allowed" : "no";
}

/** Asks for every distinct name at once; leaves out what is not there. */
export async function readEach<T>(
  names: readonly string[],
  read: (name: string) => Promise<T | undefined>,
): Promise<Map<string, T>> {
  const found = new Map<string, T>();
  await Promise.all(
    [...new Set(names)].map(async (name) => {
      const answer = await read(name);
      if (answer !== undefined) found.set(name, answer);
    }),
  );
  return found;
}
