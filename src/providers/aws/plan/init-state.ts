/** What init has to know of AWS before its first write, and what makes it stop there. */
import type { NotificationConfiguration } from "@aws-sdk/client-s3";
import { ScarError } from "../../../errors.ts";
import { TAG } from "../../../fdl/contract.ts";
import type { FunctionSpec } from "../../../fdl/spec.ts";
import { functionArn, type Identity, logGroupName } from "../arn.ts";
import { type BucketState, bucketForbidden, invalidBucketName, isBucketName } from "../controllers/buckets.ts";
import { functionExists, type RemoteFunction } from "../controllers/functions.ts";
import type { LayerVersion } from "../controllers/layers.ts";
import type { RemoteState } from "../remote-state.ts";
import { layerName } from "./definition.ts";
import { shownFilter } from "./key-filters.ts";
import { mergeNotifications, type NotificationChange, overlaps } from "./notifications.ts";
import { inputsOf, s3Places } from "./storage.ts";
import { pinnedLayer, pinnedRelease } from "./supervisor-layer.ts";

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
  const [folders, notifications] = await Promise.all([
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
  ]);
  return {
    region: remote.region,
    identity,
    functions,
    logGroups,
    buckets,
    folders: new Set(folders.keys()),
    notifications,
    layers,
  };
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

/** An init of ours that was cut before its last step: to be gone on with. */
export function isResumable(found: RemoteFunction, identity: Identity): boolean {
  return isOwnAnd("deploying", found, identity);
}

function isOwnAnd(state: "deploying" | "ready", found: RemoteFunction | undefined, identity: Identity): boolean {
  return (
    found?.tags[TAG.createdBy] === "scar" && found.tags[TAG.owner] === identity.owner && found.tags[TAG.state] === state
  );
}

/**
 * The functions that init has to make or to finish. An init that was cut between marking one of its functions as ready and the next left
 * the first whole: it is not touched again. Without one to go on with, all of them.
 */
export function unfinished(specs: readonly FunctionSpec[], state: InitState): readonly FunctionSpec[] {
  const found = specs.map(({ lambda }) => state.functions.get(lambda.name));
  if (!found.some((each) => each && isResumable(each, state.identity))) return specs;
  return specs.filter((_, i) => !isOwnAnd("ready", found[i], state.identity));
}

/** Throws for the first thing that AWS would refuse or that is not ours to touch. */
export function checkInit(specs: readonly FunctionSpec[], state: InitState): void {
  for (const { lambda } of specs) {
    const found = state.functions.get(lambda.name);
    if (found && !isResumable(found, state.identity)) throw functionExists(lambda.name);
  }
  checkPlaces(specs, state);
}

/** Throws for layers that are not there, and for buckets and notifications that AWS would refuse. */
export function checkPlaces(specs: readonly FunctionSpec[], state: InitState): void {
  for (const spec of specs) {
    const release = pinnedRelease(spec);
    if (release !== undefined) pinnedLayer(spec, release, state.layers);
  }
  const inputs = new Set(inputsOf(specs).map((input) => input.bucket));
  const deployment = new Set(specs.map(({ lambda }) => lambda.deployment.bucket));
  for (const [bucket, found] of state.buckets) {
    if (found.kind === "forbidden") throw bucketForbidden(bucket);
    if (found.kind === "missing" && !isBucketName(bucket)) throw invalidBucketName(bucket);
    if (found.kind !== "found") continue;
    if (inputs.has(bucket)) requireRegion(bucket, found.region, state.region, "S3 starts functions");
    if (deployment.has(bucket)) requireRegion(bucket, found.region, state.region, "Lambda takes packages");
  }
  for (const change of notificationChanges(specs, state)) {
    const present = state.notifications.get(change.bucket) ?? {};
    // AWS never let it come to this: an S3 that holds overlaps already takes ours too.
    if (overlaps(present).length > 0) continue;
    const ours = (destination: { readonly arn: string }): boolean => change.functionArns.includes(destination.arn);
    const [clash] = overlaps(mergeNotifications(present, change));
    if (clash === undefined) continue;
    const other = clash.find((destination) => !ours(destination)) ?? clash[0];
    throw new ScarError(
      "OverlappingNotifications",
      `bucket '${change.bucket}' already notifies ${other.arn} of files in '${shownFilter(other)}'`,
      { hint: "S3 sends each file to one destination: choose another folder, or remove that notification" },
    );
  }
}

/** @param why who minds: `S3 starts functions`, followed by "of its own region only" */
function requireRegion(bucket: string, found: string | undefined, wanted: string, why: string): void {
  if (found === undefined || found === wanted) return;
  throw new ScarError(
    "BucketInOtherRegion",
    `bucket '${bucket}' is in region '${found}', the function in '${wanted}'`,
    {
      hint: `${why} of its own region only: use a bucket there, or another region for the function`,
    },
  );
}

/** The triggers of all functions, one change a bucket. */
export function notificationChanges(
  specs: readonly FunctionSpec[],
  state: Pick<InitState, "identity" | "region">,
): NotificationChange[] {
  const changes = new Map<
    string,
    { bucket: string; functionArns: string[]; triggers: NotificationChange["triggers"] }
  >();
  for (const input of inputsOf(specs)) {
    const arn = functionArn(state.identity, state.region, input.functionName);
    const change = changes.get(input.bucket) ?? { bucket: input.bucket, functionArns: [], triggers: [] };
    if (!change.functionArns.includes(arn)) change.functionArns.push(arn);
    change.triggers = [...change.triggers, ...input.filters.map((filter) => ({ functionArn: arn, ...filter }))];
    changes.set(input.bucket, change);
  }
  return [...changes.values()];
}
