/** Removes functions: reads what there is, refuses what is not ours, executes. */
import type { ScarError } from "../../errors.ts";
import { logGroupName } from "./arn.ts";
import type { AwsClients } from "./clients.ts";
import { functionNotFound } from "./errors.ts";
import type { Done, ExecutionOptions } from "./execute.ts";
import { executeEach, type Failures } from "./execute-each.ts";
import { checkRm, planRm } from "./plan/rm.ts";
import { isThere, type RmState, type RmTarget, readRmState } from "./plan/rm-state.ts";
import type { Plan } from "./plan/steps.ts";
import { remoteState } from "./remote-state.ts";

/** What was removed of one function; AWS's answers, undefined for what was not there. */
export interface Removed {
  readonly functionName: string;
  readonly logGroup: string;
  readonly deletedLogGroup: object | undefined;
  readonly notificationsRemoved: boolean;
  readonly deletedFunction: object | undefined;
  readonly deletedApis: readonly DeletedApi[];
  /** `bucket/key` of packages in deployment buckets. */
  readonly deletedPackages: readonly string[];
}

export interface DeletedApi {
  readonly id: string;
  /** AWS's answer. */
  readonly response: object;
}

export interface Removal {
  readonly removed: readonly Removed[];
  /** Functions that could not be removed, or not wholly. */
  readonly failures: Failures;
}

export interface RemovalPlan {
  readonly plan: Plan;
  /** Of what there is. */
  readonly states: readonly RmState[];
  /** One for each function of which there was nothing. */
  readonly missing: readonly ScarError[];
}

/** Reads and refuses; writes nothing. */
export async function planRemoval(targets: readonly RmTarget[], clients: AwsClients): Promise<RemovalPlan> {
  const states = await readRmState(targets, remoteState(clients));
  checkRm(states);
  const there = states.filter(isThere);
  const missing = states.filter((state) => !isThere(state)).map((state) => functionNotFound(state.functionName));
  return { plan: planRm(there), states: there, missing };
}

/** One function that fails does not keep the others. Throws `Interrupted` alone. */
export async function remove({ plan, states }: RemovalPlan, options: ExecutionOptions): Promise<Removal> {
  const journal: Done[] = [];
  const failures = await executeEach(plan, options, journal);
  return { removed: states.map((state) => removedOf(state, journal)), failures };
}

function removedOf({ functionName, arn }: RmState, journal: readonly Done[]): Removed {
  return {
    functionName,
    logGroup: logGroupName(functionName),
    deletedLogGroup: responseOf(journal, "delete-log-group", functionName),
    notificationsRemoved: journal.some(
      ({ step, response }) =>
        response !== undefined && step.kind === "change-notifications" && step.change.functionArns.includes(arn),
    ),
    deletedFunction: responseOf(journal, "delete-function", functionName),
    deletedApis: deletedApis(functionName, journal),
    deletedPackages: journal.flatMap(({ step }) =>
      step.kind === "delete-package" && step.functionName === functionName ? [`${step.bucket}/${step.key}`] : [],
    ),
  };
}

/** Those that were there. */
export function deletedApis(functionName: string, journal: readonly Done[]): DeletedApi[] {
  return journal.flatMap(({ step, response }) =>
    step.kind === "delete-api" && step.functionName === functionName && response !== undefined
      ? [{ id: step.apiId, response }]
      : [],
  );
}

function responseOf(
  journal: readonly Done[],
  kind: "delete-log-group" | "delete-function",
  name: string,
): object | undefined {
  return journal.find(({ step }) => step.kind === kind && step.functionName === name)?.response;
}
