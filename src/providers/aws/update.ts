/** Changes deployed functions in place: reads, refuses, packages, plans, executes. */
import type { FunctionSpec } from "../../fdl/spec.ts";
import { functionArn, logGroupName } from "./arn.ts";
import { type Done, execute } from "./execute.ts";
import { type DeployedApi, deployedApi } from "./init.ts";
import { buildPackages, checkEnvironments, type PackagingOptions, whileLooking, withWorkspace } from "./packaging.ts";
import { publicApiNotices } from "./plan/api-steps.ts";
import { otherOwner, otherOwnerNotice } from "./plan/ownership.ts";
import type { Plan } from "./plan/steps.ts";
import { planUpdate } from "./plan/update.ts";
import { checkUpdate, readUpdateState, type UpdateState } from "./plan/update-state.ts";
import { remoteDetails } from "./remote-state.ts";
import { type DeletedApi, deletedApis } from "./rm.ts";

export interface UpdateOptions extends PackagingOptions {
  /** Delete and make again what AWS cannot change in place. */
  readonly replace: boolean;
}

/** What became of one function. */
export interface Updated {
  readonly functionName: string;
  readonly functionArn: string;
  readonly logGroup: string;
  /** False: everything was as the file says. */
  readonly changed: boolean;
  /** The function's configuration: AWS's last answer, or what was found. */
  readonly function: object;
  /** CreateLogGroup's answer; undefined: the group was there. */
  readonly createdLogGroup: object | undefined;
  /** The API that was deployed; undefined: it has none, or it is as it was. */
  readonly api: DeployedApi | undefined;
  /** That its file names no more. */
  readonly deletedApis: readonly DeletedApi[];
  readonly accessKeyId: string;
}

/** Functions of one session. Cut anywhere, it goes on where it stopped when it is run again; nothing is taken back. */
export async function updateFunctions(specs: readonly FunctionSpec[], options: UpdateOptions): Promise<Updated[]> {
  return withPlan(specs, options, async (plan, state) => {
    const journal: Done[] = [];
    try {
      await execute(plan, options, journal);
    } catch (error) {
      if (journal.length > 0) options.notice("update was not finished: run it again, and it goes on where it stopped");
      throw error;
    }
    const { accessKeyId } = await (await options.clients.lambda()).config.credentials();
    return specs.map((spec) => ({
      ...summaryOf(spec, state, journal),
      api: deployedApi(spec.lambda.name, journal, options.clients, state.identity),
      accessKeyId,
    }));
  });
}

/** The steps that {@link updateFunctions} would take, and its refusals; writes nothing. */
export async function planUpdates(specs: readonly FunctionSpec[], options: UpdateOptions): Promise<Plan> {
  return withPlan(specs, options, async (plan) => plan);
}

async function withPlan<T>(
  specs: readonly FunctionSpec[],
  options: UpdateOptions,
  use: (plan: Plan, state: UpdateState) => Promise<T>,
): Promise<T> {
  const state = await whileLooking(options, readUpdateState(specs, remoteDetails(options.clients)));
  checkUpdate(specs, state, options.replace);
  for (const { lambda } of specs) {
    const found = state.functions.get(lambda.name);
    if (found === undefined) options.notice(`Function '${lambda.name}' is not there: --replace makes it.`);
    const owner = found && otherOwner(found, state.identity);
    if (owner !== undefined) options.notice(otherOwnerNotice(lambda.name, owner));
  }
  return withWorkspace(async (workspace) => {
    options.notice("Creating function package.");
    const plan = planUpdate(await buildPackages(specs, state.identity.owner, options, workspace), state);
    checkEnvironments(plan);
    for (const notice of publicApiNotices(plan)) options.notice(notice);
    return await use(plan, state);
  });
}

function summaryOf(
  { lambda }: FunctionSpec,
  state: UpdateState,
  journal: readonly Done[],
): Omit<Updated, "accessKeyId" | "api"> {
  const { name } = lambda;
  const answers = journal.filter(({ step }) => "definition" in step && step.definition.name === name);
  return {
    functionName: name,
    functionArn: functionArn(state.identity, state.region, name),
    logGroup: logGroupName(name),
    changed: journal.some(({ step }) => step.kind === "mark-ready" && step.functionName === name),
    function: answers.at(-1)?.response ?? state.functions.get(name)!.configuration,
    createdLogGroup: journal.find(({ step }) => step.kind === "create-log-group" && step.functionName === name)
      ?.response,
    deletedApis: deletedApis(name, journal),
  };
}
