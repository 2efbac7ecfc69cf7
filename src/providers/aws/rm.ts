/** Removes functions: reads what there is, refuses what is not ours, executes. */
import type { ScarError } from "../../errors.ts";
import { logGroupName } from "./arn.ts";
import { functionNotFound } from "./errors.ts";
import { type Done, type ExecutionOptions, execute } from "./execute.ts";
import { checkRm, isThere, planRm, type RmTarget, readRmState } from "./plan/rm.ts";
import { remoteState } from "./remote-state.ts";

/** What was removed of one function; AWS's answers, undefined for what was not there. */
export interface Removed {
  readonly functionName: string;
  readonly logGroup: string;
  readonly deletedLogGroup: object | undefined;
  readonly notificationsRemoved: boolean;
  readonly deletedFunction: object | undefined;
  /** `bucket/key` of packages in deployment buckets. */
  readonly deletedPackages: readonly string[];
}

export interface Removal {
  readonly removed: readonly Removed[];
  /** One for each function of which there was nothing. */
  readonly missing: readonly ScarError[];
}

export async function rmFunctions(targets: readonly RmTarget[], options: ExecutionOptions): Promise<Removal> {
  const states = await readRmState(targets, remoteState(options.clients));
  checkRm(states);
  const there = states.filter(isThere);
  const journal: Done[] = [];
  await execute(planRm(there), options, journal);
  return {
    removed: there.map(({ functionName, arn }) => ({
      functionName,
      logGroup: logGroupName(functionName),
      deletedLogGroup: responseOf(journal, "delete-log-group", functionName),
      notificationsRemoved: journal.some(
        ({ step, response }) =>
          response !== undefined && step.kind === "change-notifications" && step.change.functionArns.includes(arn),
      ),
      deletedFunction: responseOf(journal, "delete-function", functionName),
      deletedPackages: journal.flatMap(({ step }) =>
        step.kind === "delete-package" && step.functionName === functionName ? [`${step.bucket}/${step.key}`] : [],
      ),
    })),
    missing: states.filter((state) => !isThere(state)).map((state) => functionNotFound(state.functionName)),
  };
}

function responseOf(
  journal: readonly Done[],
  kind: "delete-log-group" | "delete-function",
  name: string,
): object | undefined {
  return journal.find(({ step }) => step.kind === kind && step.functionName === name)?.response;
}
