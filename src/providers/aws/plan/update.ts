/** The steps that make deployed functions what their file says. Pure: all that it knows of AWS is in the state it is given. */
import { TAG } from "../../../fdl/contract.ts";
import type { FunctionSpec } from "../../../fdl/spec.ts";
import type { FunctionPackage } from "../package/function.ts";
import { apiReference } from "./api-steps.ts";
import { defineFunction, packageKey } from "./definition.ts";
import { createBuckets, createFolders, publishLayers, supervisorLayer } from "./init.ts";
import { mergeNotifications, type NotificationChange, sameNotifications } from "./notifications.ts";
import type { FunctionDefinition, Plan, Step } from "./steps.ts";
import { s3Places } from "./storage.ts";
import { notificationChanges } from "./triggers.ts";
import { ownerOf, ownSteps } from "./update-function.ts";
import { mustReplace, type UpdateState } from "./update-state.ts";

/**
 * Marked as deploying first and as ready last; code before configuration; what starts a function after both. The old package goes before the
 * configuration, the old permissions last: by them an update that was cut finds what is still to be taken away. What a function that is to be
 * deleted had and its file no longer wants goes before it, as nothing tells of it afterwards. Nothing to change: no stage.
 */
export function planUpdate(packages: readonly FunctionPackage[], given: UpdateState): Plan {
  const { left, state } = leavePlaces(given);
  const specs = packages.map(({ spec }) => spec);
  const definitions = packages.map((built) =>
    defineFunction(
      built,
      ownerOf(built.spec, state),
      state.region,
      supervisorLayer(built, state),
      apiReference(built.spec, state),
    ),
  );
  const own = packages.map((built, i) => ownSteps(built, definitions[i]!, state));
  const changes = updatedNotifications(specs, state);
  const isChanged = (i: number): boolean => {
    const found = state.functions.get(specs[i]!.lambda.name);
    const notified = changes.some(({ functionArns }) => functionArns.includes(definitions[i]!.arn));
    const isReady = found?.tags[TAG.state] === "ready" && found.tags[TAG.function] === specs[i]!.lambda.name;
    return !isReady || notified || Object.values(own[i]!).some((steps) => steps.length > 0);
  };
  const changed = definitions.filter((_, i) => isChanged(i));
  const deploymentBuckets = specs.flatMap(({ lambda }) => lambda.deployment.bucket || []);
  const dataBuckets = specs.flatMap(({ lambda }) =>
    [...s3Places(lambda.input), ...s3Places(lambda.output)].map((place) => place.bucket),
  );
  const stages: Step[][] = [
    changed.filter(({ name }) => state.functions.has(name)).map((definition) => markDeploying(definition)),
    [
      ...publishLayers(packages, definitions),
      ...createBuckets(deploymentBuckets, state),
      ...own.flatMap(({ creation }) => creation),
    ],
    own.flatMap(({ upload }) => upload),
    [...left, ...own.flatMap(({ leaving }) => leaving)],
    formerPackages(state, true),
    own.flatMap(({ code }) => code),
    formerPackages(state, false),
    own.flatMap(({ configuration }) => configuration),
    [
      ...changed.map(({ name }): Step => ({ kind: "await-active", functionName: name })),
      ...createBuckets(
        dataBuckets.filter((bucket) => !deploymentBuckets.includes(bucket)),
        state,
      ),
    ],
    [...createFolders(specs, state), ...own.flatMap(({ wiring }) => wiring)],
    changes.map((change): Step => ({ kind: "change-notifications", change })),
    own.flatMap(({ removal }) => removal),
    own.flatMap(({ forbidden }) => forbidden),
    changed.map(({ name, arn }): Step => ({ kind: "mark-ready", functionName: name, functionArn: arn })),
  ];
  return stages.filter((stage) => stage.length > 0);
}

/** The former buckets of functions that are to be deleted no longer notify them: the steps, and what there is afterwards. */
function leavePlaces(state: UpdateState): { readonly left: readonly Step[]; readonly state: UpdateState } {
  const changes = new Map<string, NotificationChange>();
  const formerBuckets = new Map(state.formerBuckets);
  for (const [name, { arn }] of [...state.functions].filter(([, found]) => mustReplace(found))) {
    for (const bucket of formerBuckets.get(name) ?? []) {
      const functionArns = [...(changes.get(bucket)?.functionArns ?? []), arn];
      changes.set(bucket, { bucket, functionArns, triggers: [] });
    }
    formerBuckets.delete(name);
  }
  const needed = [...changes.values()].filter((change) => isChange(change, state));
  const notifications = new Map(state.notifications);
  for (const change of needed) {
    notifications.set(change.bucket, mergeNotifications(notifications.get(change.bucket) ?? {}, change));
  }
  const left = needed.map((change): Step => ({ kind: "change-notifications", change }));
  return { left, state: { ...state, formerBuckets, notifications } };
}

function markDeploying({ name, arn, tags }: FunctionDefinition): Step {
  return { kind: "tag-function", functionName: name, functionArn: arn, tags };
}

/** @param replaced of the functions that are to be deleted, or of the others */
function formerPackages(state: UpdateState, replaced: boolean): Step[] {
  return [...state.formerPackages]
    .filter(([functionName]) => mustReplace(state.functions.get(functionName)!) === replaced)
    .map(([functionName, bucket]) => ({ kind: "delete-package", functionName, bucket, key: packageKey(functionName) }));
}

/** One change a bucket: the triggers of the file, and none for functions that had the bucket as an input before; only where it changes something. */
function updatedNotifications(specs: readonly FunctionSpec[], state: UpdateState): NotificationChange[] {
  const changes = new Map(notificationChanges(specs, state).map((change) => [change.bucket, change]));
  for (const { lambda } of specs) {
    for (const bucket of state.formerBuckets.get(lambda.name) ?? []) {
      const { arn } = state.functions.get(lambda.name)!;
      const change = changes.get(bucket) ?? { bucket, functionArns: [], triggers: [] };
      changes.set(bucket, { ...change, functionArns: [...change.functionArns, arn] });
    }
  }
  return [...changes.values()].filter((change) => isChange(change, state));
}

function isChange(change: NotificationChange, { notifications }: UpdateState): boolean {
  const present = notifications.get(change.bucket);
  // A bucket that is gone notifies nobody; one that is still to be made has nothing in it.
  if (present === undefined && change.triggers.length === 0) return false;
  return !sameNotifications(present ?? {}, mergeNotifications(present ?? {}, change));
}
