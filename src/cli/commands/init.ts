import { checkSpecs, initFunctions, planFunctions } from "../../providers/aws/init.ts";
import type { Plan } from "../../providers/aws/plan/steps.ts";
import type { Command } from "../command.ts";
import { deployedResults } from "../report/output.ts";
import { onLoop, packagingTools } from "./packaging.ts";
import { planResult } from "./plan-result.ts";
import { preheat } from "./preheat.ts";
import { bySession, withClients } from "./sessions.ts";

/** `scar init`: creates the functions, their log groups and buckets, and the notifications that start them. */
export const command: Command = {
  async run(context) {
    const { report, options } = context;
    await checkSpecs(context.functions, onLoop(context));
    const groups = await bySession(context);
    const tools = packagingTools(context);
    const images = tools.checkImages(groups);
    const plans: Plan[] = [];
    for (const { session, functions } of groups) {
      await withClients(session, async (clients) => {
        const packaging = { ...tools.options(clients), images };
        if (options["dry_run"] === true) {
          plans.push(await planFunctions(functions, packaging));
          return;
        }
        const deployed = await initFunctions(functions, { ...packaging, rollback: options["no_rollback"] !== true });
        for (const result of deployed.flatMap(deployedResults)) report.result(result);
        for (const spec of functions) if (spec.lambda.preheat === true) await preheat(context, spec, clients);
      });
    }
    if (options["dry_run"] === true) report.result(planResult(plans.flat()));
    return undefined;
  },
};
