/** What `--dry-run` prints. */
import { stepDocument } from "../../providers/aws/plan/step-document.ts";
import { describe, type Plan } from "../../providers/aws/plan/steps.ts";
import type { Result } from "../command.ts";

/** One line a step, in order, or `nothing` for none; with `-j` one document: `{"Steps": [{"Kind", …}]}`. */
export function planResult(plan: Plan, nothing?: string): Result {
  const steps = plan.flat();
  const text = steps.length > 0 ? steps.map(describe).join("\n") : nothing;
  return {
    ...(text !== undefined && { text }),
    json: { Steps: steps.map(stepDocument) },
  };
}
