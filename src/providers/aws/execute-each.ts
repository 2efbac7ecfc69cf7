/** Carries out a plan for many functions, of which one that fails does not stop the others. */
import { parseArn } from "./arn.ts";
import { parallelMap } from "./concurrency.ts";
import { interrupted } from "./errors.ts";
import { carryOut, type Done, type ExecutionOptions } from "./execute.ts";
import { Made } from "./made.ts";
import { describe, type Plan, type Step } from "./plan/steps.ts";

/** Writes under way at one time. */
const PARALLEL = 8;

/** What went wrong first with each function that failed, by its name. */
export type Failures = ReadonlyMap<string, unknown>;

/**
 * Stage by stage; the steps of a function that has failed are left out from there on. Throws `Interrupted` between stages, and what a
 * step for all of them fails with (a layer).
 */
export async function executeEach(plan: Plan, options: ExecutionOptions, journal: Done[]): Promise<Failures> {
  const failures = new Map<string, unknown>();
  const made = new Made();
  for (const stage of plan) {
    if (options.signal.aborted) throw interrupted();
    const steps = stage.filter((step) => !hasFailed(step, failures));
    const work = parallelMap(steps, PARALLEL, async (step) => {
      options.notice(`${describe(step)} …`);
      try {
        journal.push({ step, response: await carryOut(step, options, made) });
      } catch (error) {
        if (functionsOf(step).length === 0) throw error;
        for (const name of functionsOf(step)) if (!failures.has(name)) failures.set(name, error);
      }
    });
    for await (const _ of work);
  }
  return failures;
}

function hasFailed(step: Step, failures: Failures): boolean {
  const names = functionsOf(step);
  return names.length > 0 && names.every((name) => failures.has(name));
}

/** Names of the functions that a step is about; none: it is for all. */
function functionsOf(step: Step): readonly string[] {
  if (step.kind === "change-notifications") {
    return step.change.functionArns.map((arn) => parseArn(arn).resource.replace(/^function:/, ""));
  }
  if ("definition" in step) return [step.definition.name];
  return "functionName" in step ? [step.functionName] : [];
}
