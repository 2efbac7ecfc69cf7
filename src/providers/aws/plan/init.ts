/** The steps that deploy functions. Pure: all that it knows of AWS is in the state it is given. */
import { TAG } from "../../../fdl/contract.ts";
import type { FunctionSpec } from "../../../fdl/spec.ts";
import { bucketArn, functionArn, logGroupName } from "../arn.ts";
import type { FunctionPackage } from "../package/function.ts";
import { apiReference, apiSteps } from "./api-steps.ts";
import { defineFunction, layerName, ownTags, uploadPackage } from "./definition.ts";
import type { InitState } from "./init-state.ts";
import { type FunctionDefinition, layerKey, type Plan, type Step } from "./steps.ts";
import { inputsOf, s3Places } from "./storage.ts";
import { pinnedLayer, pinnedRelease, publishedWith } from "./supervisor-layer.ts";
import { notificationChanges } from "./triggers.ts";

/**
 * Layer and package first, then functions, then log groups and buckets while functions become active; folder markers before the notifications that they would
 * set off; `ready` last of all.
 */
export function planInit(packages: readonly FunctionPackage[], state: InitState): Plan {
  const specs = packages.map(({ spec }) => spec);
  const definitions = packages.map((built) =>
    defineFunction(built, state.identity, state.region, supervisorLayer(built, state), apiReference(built.spec, state)),
  );
  const apis = specs.map((spec) => apiSteps(spec, state));
  const deploymentBuckets = specs.flatMap(({ lambda }) => lambda.deployment.bucket || []);
  const dataBuckets = specs.flatMap(({ lambda }) =>
    [...s3Places(lambda.input), ...s3Places(lambda.output)].map((place) => place.bucket),
  );
  const stages: Step[][] = [
    [
      ...publishLayers(packages, definitions),
      ...createBuckets(deploymentBuckets, state),
      ...apis.flatMap(({ create }) => create),
    ],
    packages.flatMap(({ spec, zip }, i) => uploadPackage(definitions[i]!, zip, state.functions.has(spec.lambda.name))),
    specs.flatMap((_, i) => [createFunction(definitions[i]!, state), ...apis[i]!.deploy]),
    [
      ...specs.map(({ lambda }): Step => ({ kind: "await-active", functionName: lambda.name })),
      ...specs.flatMap((spec) => logGroup(spec, state)),
      ...createBuckets(
        dataBuckets.filter((bucket) => !deploymentBuckets.includes(bucket)),
        state,
      ),
    ],
    [
      ...createFolders(specs, state),
      ...allowBuckets(specs, state),
      ...apis.flatMap(({ allow }) => allow),
      ...configureEvents(specs, state),
    ],
    notificationChanges(specs, state).map((change): Step => ({ kind: "change-notifications", change })),
    apis.flatMap(({ remove }) => remove),
    apis.flatMap(({ forbid }) => forbid),
    specs.map(
      ({ lambda }): Step => ({
        kind: "mark-ready",
        functionName: lambda.name,
        functionArn: functionArn(state.identity, state.region, lambda.name),
      }),
    ),
  ];
  return stages.filter((stage) => stage.length > 0);
}

export function supervisorLayer(
  { spec, layer }: FunctionPackage,
  state: InitState,
): FunctionDefinition["supervisorLayer"] {
  const name = layerName(spec);
  const release = pinnedRelease(spec);
  const version =
    release === undefined
      ? publishedWith(layer.description, state.layers.get(name) ?? [])
      : pinnedLayer(spec, release, state.layers);
  return version ?? { name, description: layer.description };
}

/** One step a name and content: functions for other processors may have other content under the same name. */
export function publishLayers(
  packages: readonly FunctionPackage[],
  definitions: readonly FunctionDefinition[],
): Step[] {
  const missing = packages.filter((_, i) => !("arn" in definitions[i]!.supervisorLayer)).map(({ layer }) => layer);
  const distinct = new Map(missing.map((layer) => [layerKey(layer), layer]));
  return [...distinct.values()].map((layer) => ({ kind: "publish-layer", layer }));
}

function createFunction(definition: FunctionDefinition, state: InitState): Step {
  return { kind: state.functions.has(definition.name) ? "resume-function" : "create-function", definition };
}

function configureEvents(specs: readonly FunctionSpec[], state: InitState): Step[] {
  return specs.flatMap(({ lambda: { name, event_invoke_config: config = {} } }): Step[] => {
    if (Object.keys(config).length > 0) return [{ kind: "configure-events", functionName: name, config }];
    // An init that was cut may have left what a file before this one asked for.
    return state.functions.has(name) ? [{ kind: "configure-events", functionName: name }] : [];
  });
}

function logGroup({ lambda, cloudwatch }: FunctionSpec, state: InitState): Step[] {
  const name = logGroupName(lambda.name);
  const tags = ownTags(state.identity, lambda.name);
  const group = { name, tags, retentionInDays: cloudwatch.log_retention_policy_in_days };
  const found = state.logGroups.get(name);
  if (found === undefined) return [{ kind: "create-log-group", functionName: lambda.name, group }];
  // An init that was cut may have left its group without the retention; a group of others is left as it is.
  return found[TAG.function] === lambda.name ? [{ kind: "set-retention", group }] : [];
}

export function createBuckets(buckets: readonly string[], state: InitState): Step[] {
  return [...new Set(buckets)]
    .filter((bucket) => state.buckets.get(bucket)?.kind === "missing")
    .map((bucket) => ({ kind: "create-bucket", bucket, region: state.region }));
}

export function createFolders(specs: readonly FunctionSpec[], state: InitState): Step[] {
  const places = specs.flatMap(({ lambda }) => [...s3Places(lambda.input), ...s3Places(lambda.output)]);
  const missing = new Map(
    places
      .filter(({ bucket, folder }) => folder !== "" && !state.folders.has(`${bucket}/${folder}`))
      .map((place) => [`${place.bucket}/${place.folder}`, place]),
  );
  return [...missing.values()].map((place) => ({ kind: "create-folder", ...place }));
}

export function allowBuckets(specs: readonly FunctionSpec[], state: InitState): Step[] {
  const pairs = new Map(inputsOf(specs).map((input) => [`${input.functionName} ${input.bucket}`, input]));
  return [...pairs.values()].map(({ functionName, bucket }) => ({
    kind: "allow-bucket",
    functionName,
    bucket,
    bucketArn: bucketArn(state.identity, bucket),
    accountId: state.identity.accountId,
  }));
}
