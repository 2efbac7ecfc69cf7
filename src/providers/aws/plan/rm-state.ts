/** What rm finds of a function. */
import type { NotificationConfiguration } from "@aws-sdk/client-s3";
import { decodeFdlVariable, ENV, type LambdaSection, TAG } from "../../../fdl/contract.ts";
import { functionArn, logGroupName } from "../arn.ts";
import { parallelMap } from "../concurrency.ts";
import type { RemoteFunction } from "../controllers/functions.ts";
import type { RemoteState } from "../remote-state.ts";
import { functionApis } from "./api-state.ts";
import { packageKey } from "./definition.ts";
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
  /** Ids of its REST APIs. */
  readonly apis: readonly string[];
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
      apis: (await functionApis(functionName, found, remote, "if-allowed")).apis.map(({ id }) => id),
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

/** Whether there is anything to remove. */
export function isThere(state: RmState): boolean {
  return (
    state.function !== undefined ||
    state.ownLogGroup ||
    state.buckets.length + state.packages.length + state.apis.length > 0
  );
}
