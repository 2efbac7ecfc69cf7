/** What `--dry-run` prints. */
import { stepDocument } from "../../providers/aws/plan/step-document.ts";
import { describe, type Plan } from "../../providers/aws/plan/steps.ts";
import type { Result } from "../command.ts";

/** One line a step, in order; with `-j` one document: `{"Steps": [{"Kind", …}]}`. */
export function planResult(plan: Plan): Result {
  const steps = plan.flat();
  return {
    text: steps.length > 0 ? steps.map(describe).join("\n") : "There is nothing to change.",
    json: { Steps: steps.map(stepDocument) },
  };
}
