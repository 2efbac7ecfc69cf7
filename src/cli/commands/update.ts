import { messageOf, ScarError, throwTogether } from "../../errors.ts";
import { checkSpecs } from "../../providers/aws/init.ts";
import type { Plan } from "../../providers/aws/plan/steps.ts";
import { planUpdates, updateFunctions } from "../../providers/aws/update.ts";
import { updateAll, withUpgradePlan } from "../../providers/aws/update-all.ts";
import type { Command, CommandContext } from "../command.ts";
import { updatedResults } from "../report/output.ts";
import { onLoop, packagingTools } from "./packaging.ts";
import { planResult } from "./plan-result.ts";
import { bySession, withClients } from "./sessions.ts";

const NOTHING = "There is nothing to change.";

/** `scar update`: makes deployed functions what their file says, or moves all of them to this release's supervisor. */
export const command: Command = {
  async run(context) {
    await (context.options["all"] === true ? updateOwn(context) : updateFile(context));
    return undefined;
  },
};

/** Single ones that fail are listed at the end. */
async function updateOwn(context: CommandContext): Promise<void> {
  const { report, options } = context;
  const session = await context.session();
  const failures = await withClients(session, async (clients) => {
    const settings = packagingTools(context).options(clients);
    if (options["dry_run"] === true) {
      return withUpgradePlan(settings, async (upgrade) => {
        report.result(planResult(upgrade.plan, NOTHING));
        return upgrade.failures;
      });
    }
    const upgrade = await updateAll(settings);
    for (const result of upgrade.updated.flatMap(updatedResults)) report.result(result);
    if (upgrade.updated.length + upgrade.failures.size === 0) {
      report.notice(`There are no functions of yours in region '${session.region}'.`);
    }
    return upgrade.failures;
  });
  throwTogether([...failures].map(([name, error]) => failureOf(name, error)));
}

/** AWS's own words do not always name the function. */
function failureOf(name: string, error: unknown): ScarError {
  const hint = error instanceof ScarError ? error.hint : undefined;
  const message = messageOf(error).includes(`'${name}'`) ? messageOf(error) : `function '${name}': ${messageOf(error)}`;
  return new ScarError("UpdateFailed", message, { cause: error, ...(hint === undefined ? {} : { hint }) });
}

async function updateFile(context: CommandContext): Promise<void> {
  const { report, options } = context;
  await checkSpecs(context.functions, onLoop(context));
  const groups = await bySession(context);
  const tools = packagingTools(context);
  const images = tools.checkImages(groups);
  const plans: Plan[] = [];
  for (const { session, functions } of groups) {
    await withClients(session, async (clients) => {
      const settings = { ...tools.options(clients), images, replace: options["replace"] === true };
      if (options["dry_run"] === true) plans.push(await planUpdates(functions, settings));
      else {
        const updated = await updateFunctions(functions, settings);
        for (const result of updated.flatMap(updatedResults)) report.result(result);
      }
    });
  }
  if (options["dry_run"] === true) report.result(planResult(plans.flat(), NOTHING));
}
