import { checkSpecs } from "../../providers/aws/init.ts";
import type { Plan } from "../../providers/aws/plan/steps.ts";
import { planUpdates, updateFunctions } from "../../providers/aws/update.ts";
import type { Command, CommandContext } from "../command.ts";
import { updatedResults } from "../report/output.ts";
import { planResult } from "../report/plan.ts";
import { packagingTools } from "./packaging.ts";
import { bySession, withClients } from "./sessions.ts";

/** `scar update`: makes deployed functions what their file says, or moves all of them to this release's supervisor. */
export const command: Command = {
  async run(context) {
    await updateFile(context);
    return undefined;
  },
};

async function updateFile(context: CommandContext): Promise<void> {
  const { report, world, options } = context;
  await checkSpecs(context.functions);
  const groups = await bySession(context);
  const tools = packagingTools(context);
  await tools.checkImages(groups);
  const plans: Plan[] = [];
  for (const { session, functions } of groups) {
    await withClients(session, async (clients) => {
      const settings = {
        clients,
        signal: world.signal,
        notice: report.notice,
        distDir: world.distDir,
        layerFiles: tools.layerFiles(session),
        replace: options["replace"] === true,
      };
      if (options["dry_run"] === true) plans.push(await planUpdates(functions, settings));
      else {
        const updated = await updateFunctions(functions, settings);
        for (const result of updated.flatMap(updatedResults)) report.result(result);
      }
    });
  }
  if (options["dry_run"] === true) report.result(planResult(plans.flat()));
}
