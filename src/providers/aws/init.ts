/** Deploys functions: checks, packages, plans, executes, and takes back what it did when that fails. */
import { messageOf } from "../../errors.ts";
import type { FunctionSpec } from "../../fdl/spec.ts";
import { endpointUrl } from "./api/endpoint.ts";
import { functionArn, type Identity, logGroupName } from "./arn.ts";
import type { AwsClients } from "./clients.ts";
import { type Done, execute } from "./execute.ts";
import { requireFiles } from "./package/files.ts";
import { buildPackages, checkEnvironments, type PackagingOptions, whileLooking, withWorkspace } from "./packaging.ts";
import { publicApiNotices } from "./plan/api-steps.ts";
import { checkInit, unfinished } from "./plan/check-init.ts";
import { planInit } from "./plan/init.ts";
import { type InitState, readInitState } from "./plan/init-state.ts";
import { keptAfterRollback, planRollback } from "./plan/rollback.ts";
import { describe, type Plan } from "./plan/steps.ts";
import { loopOf, refuseLoops, refuseOverlappingInputs, requireServedInputs } from "./plan/storage.ts";
import { remoteState } from "./remote-state.ts";

export interface InitOptions extends PackagingOptions {
  /** Take back what a failed init created. */
  readonly rollback: boolean;
}

/** What init made of one function. */
export interface Deployed {
  readonly functionName: string;
  readonly functionArn: string;
  readonly logGroup: string;
  /** CreateFunction's answer (of a resumed one, UpdateFunctionConfiguration's). */
  readonly function: object;
  /** CreateLogGroup's answer; undefined: the group was there and was left as it is. */
  readonly createdLogGroup: object | undefined;
  /** Undefined: it has no HTTP endpoint. */
  readonly api: DeployedApi | undefined;
  readonly accessKeyId: string;
}

/** What is done about outputs that start their own function again: refused, or told. */
export type OnLoop = "refuse" | ((loop: string) => void);

export interface DeployedApi {
  readonly id: string;
  readonly url: string;
}

/** Checks that need nothing but the files: the same for all sessions of a command. */
export async function checkSpecs(specs: readonly FunctionSpec[], onLoop: OnLoop): Promise<void> {
  requireServedInputs(specs);
  if (onLoop === "refuse") refuseLoops(specs);
  else {
    const loop = loopOf(specs);
    if (loop !== undefined) onLoop(loop);
  }
  refuseOverlappingInputs(specs);
  await requireFiles(specs);
}

/** Deploys functions of one session. Nothing is written before everything is checked and packaged. */
export async function initFunctions(given: readonly FunctionSpec[], options: InitOptions): Promise<Deployed[]> {
  return withPlan(given, options, async (plan, state, specs) => {
    const done = await executeOrRollBack(plan, options);
    return await summarize(specs, state, done, options);
  });
}

/** The steps that {@link initFunctions} would take, and its refusals; writes nothing. */
export async function planFunctions(specs: readonly FunctionSpec[], options: PackagingOptions): Promise<Plan> {
  return withPlan(specs, options, async (plan) => plan);
}

/** The packages that a plan names are there until `use` has ended. */
async function withPlan<T>(
  given: readonly FunctionSpec[],
  options: PackagingOptions,
  use: (plan: Plan, state: InitState, specs: readonly FunctionSpec[]) => Promise<T>,
): Promise<T> {
  const state = await whileLooking(options, readInitState(given, remoteState(options.clients)));
  const specs = unfinished(given, state);
  for (const { lambda } of given.filter((spec) => !specs.includes(spec))) {
    options.notice(`Function '${lambda.name}' is ready since the init that was cut, and is left as it is.`);
  }
  checkInit(specs, state);
  return withWorkspace(async (workspace) => {
    options.notice("Creating function package.");
    const packages = await buildPackages(specs, state.identity.owner, options, workspace);
    const plan = planInit(packages, state);
    checkEnvironments(plan);
    for (const notice of publicApiNotices(plan)) options.notice(notice);
    return await use(plan, state, specs);
  });
}

async function executeOrRollBack(plan: Plan, options: InitOptions): Promise<readonly Done[]> {
  const journal: Done[] = [];
  try {
    await execute(plan, options, journal);
    return journal;
  } catch (error) {
    if (options.rollback) await rollBack(journal, options);
    throw error;
  }
}

function createdApis(journal: readonly Done[]): Map<string, string> {
  return new Map(
    journal.flatMap(({ step, response }) =>
      step.kind === "create-api" ? [[step.functionName, (response as { readonly id: string }).id] as const] : [],
    ),
  );
}

/** Says what it removes and what stays; a failure of its own must not hide the failure that led here. */
async function rollBack(journal: readonly Done[], options: InitOptions): Promise<void> {
  const done = journal.filter(({ response }) => response !== undefined).map(({ step }) => step);
  const plan = planRollback(done, createdApis(journal));
  if (plan.length > 0) {
    options.notice(`init failed; taking back what it did: ${plan.flat().map(describe).join(", ")}`);
  }
  const kept = keptAfterRollback(done);
  if (kept.length > 0) options.notice(`kept: ${kept.join(", ")}`);
  try {
    await execute(plan, { ...options, signal: new AbortController().signal, notice: () => undefined }, []);
  } catch (error) {
    options.notice(`could not take everything back: ${messageOf(error)}; 'scar rm' removes the rest`);
  }
}

async function summarize(
  specs: readonly FunctionSpec[],
  state: InitState,
  done: readonly Done[],
  options: InitOptions,
): Promise<Deployed[]> {
  const lambda = await options.clients.lambda();
  const { accessKeyId } = await lambda.config.credentials();
  return specs.map((spec) => {
    const { name } = spec.lambda;
    const created = done.find(
      ({ step }) =>
        (step.kind === "create-function" || step.kind === "resume-function") && step.definition.name === name,
    );
    return {
      functionName: name,
      functionArn: functionArn(state.identity, state.region, name),
      logGroup: logGroupName(name),
      function: created?.response ?? {},
      createdLogGroup: done.find(({ step }) => step.kind === "create-log-group" && step.functionName === name)
        ?.response,
      api: deployedApi(name, done, options.clients, state.identity),
      accessKeyId,
    };
  });
}

/** The API of a function that this plan deployed. */
export function deployedApi(
  functionName: string,
  done: readonly Done[],
  { session }: AwsClients,
  { partition }: Identity,
): DeployedApi | undefined {
  const deployed = done.find(({ step }) => step.kind === "deploy-api" && step.functionName === functionName);
  if (deployed === undefined) return undefined;
  const { id } = deployed.response as { readonly id: string };
  return { id, url: endpointUrl(session, partition, id) };
}
