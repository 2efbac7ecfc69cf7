/** What one deployed function needs to be what its file says. Pure. */
import { TAG } from "../../../fdl/contract.ts";
import type { FunctionSpec } from "../../../fdl/spec.ts";
import { type Identity, logGroupName } from "../arn.ts";
import type { RemoteFunction } from "../controllers/functions.ts";
import type { BucketPermission } from "../controllers/permissions.ts";
import type { FunctionPackage } from "../package/function.ts";
import { type ApiSteps, apiDiffers, apiSteps } from "./api-steps.ts";
import { ownTags, uploadPackage } from "./definition.ts";
import { codeDiffers, configurationDiffers, eventsDiffer } from "./differences.ts";
import { allowBuckets } from "./init.ts";
import type { FunctionDefinition, Step } from "./steps.ts";
import { deployedFdl, isOurPermission, isUnfinished, mustReplace, type UpdateState } from "./update-state.ts";

/** What one function needs, by the stage in which it is done. */
interface OwnSteps {
  readonly creation: readonly Step[];
  readonly upload: readonly Step[];
  /** What nothing tells of when the function is deleted. */
  readonly leaving: readonly Step[];
  readonly code: readonly Step[];
  readonly configuration: readonly Step[];
  readonly wiring: readonly Step[];
  readonly removal: readonly Step[];
  readonly forbidden: readonly Step[];
}

export function ownSteps(built: FunctionPackage, definition: FunctionDefinition, state: UpdateState): OwnSteps {
  const { spec, zip } = built;
  const found = state.functions.get(spec.lambda.name);
  if (found === undefined || mustReplace(found)) return newSteps(built, definition, state);
  const newCode = codeDiffers(definition, zip.sha256, found.configuration);
  const moved = deployedFdl(found).deployment?.bucket !== spec.lambda.deployment.bucket;
  const permitted = state.apis.get(definition.name)?.permissions ?? [];
  const api = apiStepsOf(spec, state, (id) => permitted.some(({ apiId }) => apiId === id));
  return {
    creation: api.create,
    upload: newCode || moved ? uploadPackage(definition, zip, true) : [],
    leaving: [],
    code: newCode ? [{ kind: "update-code", definition }] : [],
    configuration: [...configurationSteps(definition, found), ...logGroupSteps(spec, state), ...api.deploy],
    wiring: [
      ...permissionSteps(spec, state.permissions.get(spec.lambda.name) ?? [], state),
      ...api.allow,
      ...eventSteps(spec, found, state),
    ],
    removal: api.remove,
    forbidden: [...forbiddenSteps(spec, state), ...api.forbid],
  };
}

/** Of one that is made, in the place of the one that is there or was; permissions and asynchronous settings die with a function. */
function newSteps({ spec, zip }: FunctionPackage, definition: FunctionDefinition, state: UpdateState): OwnSteps {
  const { name, event_invoke_config: config = {} } = spec.lambda;
  const api = apiStepsOf(spec, state, () => false);
  const isNewApi = definition.api === "created";
  return {
    creation: api.create,
    upload: uploadPackage(definition, zip, true),
    // One without tags gets them: the function's variable is gone with it.
    leaving: [...api.remove, ...(isNewApi ? [] : api.deploy)],
    code: state.functions.has(name) ? [{ kind: "delete-function", functionName: name }] : [],
    configuration: [
      { kind: "create-function", definition },
      ...logGroupSteps(spec, state),
      ...(isNewApi ? api.deploy : []),
    ],
    wiring: [
      ...permissionSteps(spec, [], state),
      ...api.allow,
      ...(Object.keys(config).length > 0 ? [{ kind: "configure-events", functionName: name, config } as const] : []),
    ],
    removal: [],
    forbidden: [],
  };
}

/** The API's owner is the function's. */
function apiStepsOf(spec: FunctionSpec, state: UpdateState, isAllowed: (apiId: string) => boolean): ApiSteps {
  return apiSteps(
    spec,
    { ...state, identity: ownerOf(spec, state) },
    (present, wanted) => apiDiffers(present, wanted, state.deployedApis.get(present.id)),
    isAllowed,
  );
}

/** The owner stays who it was. */
export function ownerOf({ lambda }: FunctionSpec, { functions, identity }: UpdateState): Identity {
  return { ...identity, owner: functions.get(lambda.name)?.tags[TAG.owner] ?? identity.owner };
}

function configurationSteps(definition: FunctionDefinition, found: RemoteFunction): Step[] {
  return configurationDiffers(definition, found.configuration) ? [{ kind: "update-configuration", definition }] : [];
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

function permissionSteps(spec: FunctionSpec, present: readonly BucketPermission[], state: UpdateState): Step[] {
  return allowBuckets([spec], state).filter(
    (step) => step.kind !== "allow-bucket" || !present.some(({ bucket }) => bucket === step.bucket),
  );
}

function eventSteps({ lambda }: FunctionSpec, found: RemoteFunction, state: UpdateState): Step[] {
  const config = lambda.event_invoke_config ?? {};
  const present = state.events.get(lambda.name);
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
