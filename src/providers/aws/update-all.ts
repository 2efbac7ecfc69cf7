/** Moves all own functions to this release's supervisor. What fails with one function does not keep the others. */
import { notSupportedYet, ScarError } from "../../errors.ts";
import { logGroupName } from "./arn.ts";
import { parallelMap } from "./concurrency.ts";
import { findFunction, type RemoteFunction } from "./controllers/functions.ts";
import { callerIdentity } from "./controllers/identity.ts";
import { functionNotFound } from "./errors.ts";
import type { Done } from "./execute.ts";
import { executeEach } from "./execute-each.ts";
import { LayerShelf } from "./layer-shelf.ts";
import { ownFunctions } from "./list.ts";
import { repackage } from "./package/repackage.ts";
import { type PackagingOptions, withWorkspace } from "./packaging.ts";
import { unservedParts } from "./plan/rm.ts";
import type { Plan, Step } from "./plan/steps.ts";
import { isUnfinished, mustReplace } from "./plan/update-state.ts";
import { planUpgrade, upgradedDefinition } from "./plan/upgrade.ts";
import { isOriginal } from "./plan/upgraded-config.ts";
import type { Updated } from "./update.ts";

export interface UpgradePlan {
  readonly plan: Plan;
  /** By name. */
  readonly functions: ReadonlyMap<string, RemoteFunction>;
  /** Functions that cannot be moved, and why. */
  readonly failures: ReadonlyMap<string, unknown>;
}

export interface Upgrade {
  readonly updated: readonly Updated[];
  readonly failures: ReadonlyMap<string, unknown>;
}

/** Throws what concerns no function alone: that no list can be had, or no layer published. */
export async function updateAll(options: PackagingOptions): Promise<Upgrade> {
  return withUpgradePlan(options, async ({ plan, functions, failures }) => {
    const journal: Done[] = [];
    const failed = new Map([...failures, ...(await executeEach(plan, options, journal))]);
    const { accessKeyId } = await (await options.clients.lambda()).config.credentials();
    const updated = [...functions]
      .filter(([name]) => !failed.has(name))
      .map(([functionName, found]): Updated => {
        const answers = journal.filter(({ step }) => "definition" in step && step.definition.name === functionName);
        return {
          functionName,
          functionArn: found.arn,
          logGroup: logGroupName(functionName),
          changed: answers.length > 0,
          function: answers.at(-1)?.response ?? found.configuration,
          createdLogGroup: undefined,
          api: undefined,
          deletedApis: [],
          accessKeyId,
        };
      });
    return { updated, failures: failed };
  });
}

/** The packages that the plan names are there until `use` has ended. */
export async function withUpgradePlan<T>(
  options: PackagingOptions,
  use: (plan: UpgradePlan) => Promise<T>,
): Promise<T> {
  const lambda = await options.clients.lambda();
  const [identity, listed] = await Promise.all([callerIdentity(options.clients), ownFunctions(options.clients)]);
  const names = listed.map(({ FunctionName }) => FunctionName ?? "").sort();
  return withWorkspace(async (workspace) => {
    const layers = new LayerShelf(options, workspace);
    const functions = new Map<string, RemoteFunction>();
    const failures = new Map<string, unknown>();
    const stages: Step[][] = [];
    const stepsFor = async (name: string): Promise<readonly (readonly Step[])[]> => {
      try {
        const found = await findFunction(lambda, name);
        if (found === undefined) throw functionNotFound(name);
        functions.set(name, found);
        requireMovable(name, found);
        const layer = await layers.layerFor(found);
        const repackaged = isOriginal(found)
          ? await repackage(name, found, layer, workspace, options.signal)
          : undefined;
        const definition = upgradedDefinition(name, found, await layers.versionOf(layer), repackaged);
        const own = planUpgrade(definition, found, repackaged, identity);
        if (own.flat().some((step) => "definition" in step)) layers.use(layer);
        return own;
      } catch (error) {
        if (options.signal.aborted) throw error;
        failures.set(name, error);
        return [];
      }
    };
    for await (const own of parallelMap(names, 4, stepsFor)) {
      own.forEach((steps, i) => {
        stages[i] = [...(stages[i] ?? []), ...steps];
      });
    }
    const plan = [await layers.toPublish(), ...stages].filter((stage) => stage.length > 0);
    return await use({ plan, functions: inOrder(functions, names), failures });
  });
}

function inOrder<T>(found: ReadonlyMap<string, T>, names: readonly string[]): Map<string, T> {
  return new Map(names.flatMap((name) => (found.has(name) ? [[name, found.get(name)!] as const] : [])));
}

function requireMovable(name: string, found: RemoteFunction): void {
  const parts = unservedParts(found);
  if (parts !== undefined) throw notSupportedYet(`update of function '${name}' with its ${parts}`);
  if (mustReplace(found)) throw notSupportedYet(`update of function '${name}', which runs from a container image`);
  if (isUnfinished(found)) {
    throw new ScarError("Unfinished", `an init or update of function '${name}' was cut`, {
      hint: "run that command again, with its file",
    });
  }
}
