/** What makes init stop before its first write, and what an init that was cut has left to do. */
import { ScarError } from "../../../errors.ts";
import { TAG } from "../../../fdl/contract.ts";
import type { FunctionSpec } from "../../../fdl/spec.ts";
import { type Identity, isOwner } from "../arn.ts";
import { bucketForbidden, invalidBucketName, isBucketName } from "../controllers/bucket-errors.ts";
import { functionExists, type RemoteFunction } from "../controllers/functions.ts";
import type { InitState } from "./init-state.ts";
import { shownFilter } from "./key-filters.ts";
import { mergeNotifications, overlaps } from "./notifications.ts";
import { inputsOf } from "./storage.ts";
import { pinnedLayer, pinnedRelease } from "./supervisor-layer.ts";
import { notificationChanges } from "./triggers.ts";

/** An init of ours that was cut before its last step: to be gone on with. */
export function isResumable(found: RemoteFunction, identity: Identity): boolean {
  return isOwnAnd("deploying", found, identity);
}

function isOwnAnd(state: "deploying" | "ready", found: RemoteFunction | undefined, identity: Identity): boolean {
  return (
    found?.tags[TAG.createdBy] === "scar" && isOwner(identity, found.tags[TAG.owner]) && found.tags[TAG.state] === state
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
