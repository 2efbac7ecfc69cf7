/** What rm finds of a function, whether it may be removed, and the steps that remove it. */

import type { NotificationConfiguration } from "@aws-sdk/client-s3";
import { notSupportedYet, ScarError, throwTogether } from "../../../errors.ts";
import { decodeFdlVariable, ENV, type LambdaSection, TAG } from "../../../fdl/contract.ts";
import { functionArn, logGroupName } from "../arn.ts";
import { parallelMap } from "../concurrency.ts";
import type { RemoteFunction } from "../controllers/functions.ts";
import type { RemoteState } from "../remote-state.ts";
import { packageKey } from "./definition.ts";
import type { NotificationChange } from "./notifications.ts";
import type { Plan, Step } from "./steps.ts";
import { s3Places } from "./storage.ts";

/** A function that the user names, with what its FDL file says of it (nothing for `-n`). */
export interface RmTarget {
  readonly functionName: string;
  readonly lambda?: Pick<LambdaSection, "input"> & Partial<Pick<LambdaSection, "deployment">>;
}

/** What there is of one function. */
export interface RmState {
  readonly functionName: string;
  readonly arn: string;
  readonly function: RemoteFunction | undefined;
  /** Its log group carries our tags. */
  readonly ownLogGroup: boolean;
  /** Buckets that notify it. */
  readonly buckets: readonly string[];
  /** Deployment buckets that hold its package. */
  readonly packages: readonly string[];
}

/** Functions whose state is read at one time. */
const PARALLEL = 8;

/** A bucket's notifications are read once, however many functions it notifies. */
export async function readRmState(targets: readonly RmTarget[], remote: RemoteState): Promise<RmState[]> {
  const identity = await remote.identity();
  const read = new Map<string, Promise<NotificationConfiguration | undefined>>();
  const notificationsOf = (bucket: string): Promise<NotificationConfiguration | undefined> => {
    const found = read.get(bucket) ?? remote.notifications(bucket);
    read.set(bucket, found);
    return found;
  };
  const states: RmState[] = [];
  for await (const state of parallelMap(targets, PARALLEL, async ({ functionName, lambda }) => {
    const arn = functionArn(identity, remote.region, functionName);
    const [found, permissions, logGroup] = await Promise.all([
      remote.function(functionName),
      remote.bucketPermissions(functionName),
      remote.logGroup(logGroupName(functionName)),
    ]);
    const deployed = decodeFdlVariable(found?.variables[ENV.fdl]);
    const candidates = new Set([
      ...s3Places(lambda?.input ?? []).map((place) => place.bucket),
      ...s3Places(deployed?.input ?? []).map((place) => place.bucket),
      ...permissions.map(({ bucket }) => bucket),
    ]);
    const notifying = await Promise.all(
      [...candidates].map(async (bucket) => (notifies(await notificationsOf(bucket), arn) ? [bucket] : [])),
    );
    return {
      functionName,
      arn,
      function: found,
      ownLogGroup: logGroup?.[TAG.createdBy] === "scar",
      buckets: notifying.flat(),
      packages: await packagesOf(functionName, deployed, lambda, remote),
    };
  })) {
    states.push(state);
  }
  return states;
}

/**
 * Deployment buckets with the function's package: the one that its own FDL names, whoever uploaded it (older versions set no mark), and
 * the one of the user's file where the object says that it is this function's.
 */
async function packagesOf(
  functionName: string,
  deployed: Partial<LambdaSection> | undefined,
  lambda: RmTarget["lambda"],
  remote: RemoteState,
): Promise<string[]> {
  const own = deployed?.deployment?.bucket;
  const candidates = [...new Set([own, lambda?.deployment?.bucket])].filter((bucket) => bucket !== undefined);
  const found = await Promise.all(
    candidates.map(async (bucket) => {
      const mark = await remote.packageMark(bucket, packageKey(functionName));
      return mark === functionName || (mark !== undefined && bucket === own) ? [bucket] : [];
    }),
  );
  return found.flat();
}

function notifies(configuration: NotificationConfiguration | undefined, arn: string): boolean {
  return (configuration?.LambdaFunctionConfigurations ?? []).some((c) => c.LambdaFunctionArn === arn);
}

/** Ours: tagged by scar, or carrying the FDL that only scar writes (the original's older functions). */
export function isOurs(found: RemoteFunction): boolean {
  return found.tags[TAG.createdBy] === "scar" || decodeFdlVariable(found.variables[ENV.fdl]) !== undefined;
}

/** Whether there is anything to remove. */
export function isThere(state: RmState): boolean {
  return state.function !== undefined || state.ownLogGroup || state.buckets.length + state.packages.length > 0;
}

/** Throws before the first write for what is not ours, or has parts that this version cannot remove: one error that names all. */
export function checkRm(states: readonly RmState[]): void {
  const problems = states.flatMap(({ functionName, function: found }) =>
    found === undefined ? [] : (refusalOf(functionName, found) ?? []),
  );
  throwTogether(problems);
}

function refusalOf(functionName: string, found: RemoteFunction): ScarError | undefined {
  if (!isOurs(found)) {
    return new ScarError("NotOurs", `Function '${functionName}' was not created by scar, and is left as it is`, {
      hint: "remove it with the tool that made it",
    });
  }
  const parts = unservedParts(found);
  return parts === undefined ? undefined : notSupportedYet(`rm of function '${functionName}' with its ${parts}`);
}

/** What a function of the original has beside it and this version does not know how to handle. */
export function unservedParts({ variables }: Pick<RemoteFunction, "variables">): string | undefined {
  const fdl = decodeFdlVariable(variables[ENV.fdl]);
  if (variables["API_GATEWAY_ID"]) return "API Gateway";
  if (fdl?.execution_mode !== undefined && fdl.execution_mode !== "lambda") return "AWS Batch resources";
  // An image that the user made himself is his.
  return fdl?.runtime === "image" && fdl.container?.create_image !== false ? "ECR repository" : undefined;
}

/** Notifications first, so that nothing is sent to a function that is gone; its log group last, as it still writes to it. */
export function planRm(states: readonly RmState[]): Plan {
  const changes = new Map<string, NotificationChange>();
  for (const { arn, buckets } of states) {
    for (const bucket of buckets) {
      const functionArns = [...(changes.get(bucket)?.functionArns ?? []), arn];
      changes.set(bucket, { bucket, functionArns, triggers: [] });
    }
  }
  const stages: Step[][] = [
    [...changes.values()].map((change): Step => ({ kind: "change-notifications", change })),
    states.flatMap(({ functionName, function: found }): Step[] =>
      found === undefined ? [] : [{ kind: "delete-function", functionName }],
    ),
    states.flatMap(({ functionName, ownLogGroup, packages }): Step[] => [
      ...(ownLogGroup ? [{ kind: "delete-log-group", functionName, group: logGroupName(functionName) } as const] : []),
      ...packages.map((bucket): Step => {
        return { kind: "delete-package", functionName, bucket, key: packageKey(functionName) };
      }),
    ]),
  ];
  return stages.filter((stage) => stage.length > 0);
}
