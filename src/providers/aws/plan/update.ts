/** The steps that make deployed functions what their file says. Pure: all that it knows of AWS is in the state it is given. */
import { TAG } from "../../../fdl/contract.ts";
import type { FunctionSpec } from "../../../fdl/spec.ts";
import type { FunctionPackage } from "../package/function.ts";
import { apiReference } from "./api-steps.ts";
import { defineFunction, ownTags, packageKey } from "./definition.ts";
import { createBuckets, createFolders, publishLayers, supervisorLayer } from "./init.ts";
import { mergeNotifications, type NotificationChange, sameNotifications } from "./notifications.ts";
import type { FunctionDefinition, Plan, Step } from "./steps.ts";
import { s3Places } from "./storage.ts";
import { notificationChanges } from "./triggers.ts";
import { ownSteps } from "./update-function.ts";
import type { UpdateState } from "./update-state.ts";

/**
 * Marked as deploying first and as ready last; code before configuration; what starts a function after both. The old package goes before the
 * configuration, the old permissions last: by them an update that was cut finds what is still to be taken away. Nothing to change: no stage.
 */
export function planUpdate(packages: readonly FunctionPackage[], state: UpdateState): Plan {
  const specs = packages.map(({ spec }) => spec);
  const definitions = packages.map((built) =>
    defineFunction(built, state.identity, state.region, supervisorLayer(built, state), apiReference(built.spec, state)),
  );
  const own = packages.map((built, i) => ownSteps(built, definitions[i]!, state));
  const changes = updatedNotifications(specs, state);
  const isChanged = (i: number): boolean => {
    const found = state.functions.get(specs[i]!.lambda.name)!;
    const notified = changes.some(({ functionArns }) => functionArns.includes(definitions[i]!.arn));
    const isReady = found.tags[TAG.state] === "ready" && found.tags[TAG.function] === specs[i]!.lambda.name;
    return !isReady || notified || Object.values(own[i]!).some((steps) => steps.length > 0);
  };
  const changed = definitions.filter((_, i) => isChanged(i));
  const deploymentBuckets = specs.flatMap(({ lambda }) => lambda.deployment.bucket || []);
  const dataBuckets = specs.flatMap(({ lambda }) =>
    [...s3Places(lambda.input), ...s3Places(lambda.output)].map((place) => place.bucket),
  );
  const stages: Step[][] = [
    changed.map((definition) => markDeploying(definition, state)),
    [
      ...publishLayers(packages, definitions),
      ...createBuckets(deploymentBuckets, state),
      ...own.flatMap(({ creation }) => creation),
    ],
    own.flatMap(({ upload }) => upload),
    own.flatMap(({ code }) => code),
    formerPackages(state),
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

/** The owner stays who it was. */
function markDeploying({ name, arn }: FunctionDefinition, state: UpdateState): Step {
  const found = state.functions.get(name)!;
  const owner = found.tags[TAG.owner] ?? state.identity.owner;
  const tags = { ...ownTags({ ...state.identity, owner }, name), [TAG.state]: "deploying" };
  return { kind: "tag-function", functionName: name, functionArn: arn, tags };
}

function formerPackages(state: UpdateState): Step[] {
  return [...state.formerPackages].map(([functionName, bucket]) => ({
    kind: "delete-package",
    functionName,
    bucket,
    key: packageKey(functionName),
  }));
}

/** One change a bucket: the triggers of the file, and none for functions that had the bucket as an input before; only where it changes something. */
function updatedNotifications(specs: readonly FunctionSpec[], state: UpdateState): NotificationChange[] {
  const changes = new Map(notificationChanges(specs, state).map((change) => [change.bucket, change]));
  for (const { lambda } of specs) {
    const { arn } = state.functions.get(lambda.name)!;
    for (const bucket of state.formerBuckets.get(lambda.name) ?? []) {
      const change = changes.get(bucket) ?? { bucket, functionArns: [], triggers: [] };
      changes.set(bucket, { ...change, functionArns: [...change.functionArns, arn] });
    }
  }
  return [...changes.values()].filter((change) => {
    const present = state.notifications.get(change.bucket);
    // A bucket that is gone notifies nobody; one that is still to be made has nothing in it.
    if (present === undefined && change.triggers.length === 0) return false;
    return !sameNotifications(present ?? {}, mergeNotifications(present ?? {}, change));
  });
}
