/** The steps that make deployed functions what their file says. Pure: all that it knows of AWS is in the state it is given. */

import { TAG } from "../../../fdl/contract.ts";
import type { FunctionSpec } from "../../../fdl/spec.ts";
import { logGroupName } from "../arn.ts";
import type { RemoteFunction } from "../controllers/functions.ts";
import type { FunctionPackage } from "../package/function.ts";
import { defineFunction, ownTags, packageKey, uploadPackage } from "./definition.ts";
import { codeDiffers, configurationDiffers, eventsDiffer } from "./differences.ts";
import { allowBuckets, createBuckets, createFolders, publishLayers, supervisorLayer } from "./init.ts";
import { notificationChanges } from "./init-state.ts";
import { mergeNotifications, type NotificationChange, sameNotifications } from "./notifications.ts";
import type { FunctionDefinition, Plan, Step } from "./steps.ts";
import { s3Places } from "./storage.ts";
import { deployedFdl, isOurPermission, isUnfinished, mustReplace, type UpdateState } from "./update-state.ts";

/** What one function needs, by the stage in which it is done. */
interface OwnSteps {
  readonly upload: readonly Step[];
  readonly code: readonly Step[];
  readonly configuration: readonly Step[];
  readonly wiring: readonly Step[];
  readonly forbidden: readonly Step[];
}

/**
 * Marked as deploying first and as ready last; code before configuration; what starts a function after both. The old package goes before the
 * configuration, the old permissions last: by them an update that was cut finds what is still to be taken away. Nothing to change: no stage.
 */
export function planUpdate(packages: readonly FunctionPackage[], state: UpdateState): Plan {
  const specs = packages.map(({ spec }) => spec);
  const definitions = packages.map((built) =>
    defineFunction(built, state.identity, state.region, supervisorLayer(built, state)),
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
    [...publishLayers(packages, definitions), ...createBuckets(deploymentBuckets, state)],
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
    own.flatMap(({ forbidden }) => forbidden),
    changed.map(({ name, arn }): Step => ({ kind: "mark-ready", functionName: name, functionArn: arn })),
  ];
  return stages.filter((stage) => stage.length > 0);
}

function ownSteps(built: FunctionPackage, definition: FunctionDefinition, state: UpdateState): OwnSteps {
  const { spec, zip } = built;
  const found = state.functions.get(spec.lambda.name)!;
  const replaced = mustReplace(found);
  const newCode = replaced || codeDiffers(definition, zip.sha256, found.configuration);
  const moved = deployedFdl(found).deployment?.bucket !== spec.lambda.deployment.bucket;
  return {
    upload: newCode || moved ? uploadPackage(definition, zip, true) : [],
    code: replaced
      ? [{ kind: "delete-function", functionName: definition.name }]
      : newCode
        ? [{ kind: "update-code", definition }]
        : [],
    configuration: [...configurationSteps(definition, found, replaced), ...logGroupSteps(spec, state)],
    wiring: [...permissionSteps(spec, state, replaced), ...eventSteps(spec, found, state, replaced)],
    forbidden: replaced ? [] : forbiddenSteps(spec, state),
  };
}

function configurationSteps(definition: FunctionDefinition, found: RemoteFunction, replaced: boolean): Step[] {
  if (replaced) return [{ kind: "create-function", definition }];
  return configurationDiffers(definition, found.configuration) ? [{ kind: "update-configuration", definition }] : [];
}

/** The owner stays who it was. */
function markDeploying({ name, arn }: FunctionDefinition, state: UpdateState): Step {
  const found = state.functions.get(name)!;
  const owner = found.tags[TAG.owner] ?? state.identity.owner;
  const tags = { ...ownTags({ ...state.identity, owner }, name), [TAG.state]: "deploying" };
  return { kind: "tag-function", functionName: name, functionArn: arn, tags };
}

function logGroupSteps({ lambda, cloudwatch }: FunctionSpec, state: UpdateState): Step[] {
  const name = logGroupName(lambda.name);
  const retentionInDays = cloudwatch.log_retention_policy_in_days;
  const group = { name, tags: ownTags(state.identity, lambda.name), retentionInDays };
  const found = state.logGroups.get(name);
  if (found === undefined) return [{ kind: "create-log-group", functionName: lambda.name, group }];
  // A group of others is left as it is.
  const isOurs = found[TAG.createdBy] === "scar";
  return isOurs && state.retention.get(name) !== retentionInDays ? [{ kind: "set-retention", group }] : [];
}

function permissionSteps(spec: FunctionSpec, state: UpdateState, replaced: boolean): Step[] {
  const present = replaced ? [] : (state.permissions.get(spec.lambda.name) ?? []);
  return allowBuckets([spec], state).filter(
    (step) => step.kind !== "allow-bucket" || !present.some(({ bucket }) => bucket === step.bucket),
  );
}

function eventSteps({ lambda }: FunctionSpec, found: RemoteFunction, state: UpdateState, replaced: boolean): Step[] {
  const config = lambda.event_invoke_config ?? {};
  const present = replaced ? undefined : state.events.get(lambda.name);
  if (Object.keys(config).length > 0) {
    return eventsDiffer(config, present) ? [{ kind: "configure-events", functionName: lambda.name, config }] : [];
  }
  // One that its file never asked for was made by somebody else, and stays.
  const asked = Object.keys(deployedFdl(found).event_invoke_config ?? {}).length > 0 || isUnfinished(found);
  return present !== undefined && asked ? [{ kind: "configure-events", functionName: lambda.name }] : [];
}

function forbiddenSteps({ lambda }: FunctionSpec, state: UpdateState): Step[] {
  const permissions = (state.permissions.get(lambda.name) ?? []).filter(isOurPermission);
  return (state.formerBuckets.get(lambda.name) ?? []).flatMap((bucket): Step[] => {
    const statementIds = permissions.filter((one) => one.bucket === bucket).map(({ statementId }) => statementId);
    return statementIds.length === 0
      ? []
      : [{ kind: "forbid-bucket", functionName: lambda.name, bucket, statementIds }];
  });
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
