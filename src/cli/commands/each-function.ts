import { messageOf, ScarError } from "../../errors.ts";
import type { FunctionSpec } from "../../fdl/spec.ts";
import type { CommandContext } from "../command.ts";

/**
 * One function after the other: one that fails is told of, and does not keep the others. Throws the failure where there is one, or
 * ScarError `FunctionsFailed`.
 */
export async function eachFunction(
  { report, world }: Pick<CommandContext, "report" | "world">,
  specs: readonly FunctionSpec[],
  work: (spec: FunctionSpec) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  for (const spec of specs) {
    try {
      await work(spec);
    } catch (error) {
      if (specs.length === 1 || world.signal.aborted) throw error;
      report.warn(messageOf(error));
      failures.push(error);
    }
  }
  if (failures.length === 0) return;
  if (failures.length === 1) throw failures[0];
  throw new ScarError("FunctionsFailed", `${failures.length} of ${specs.length} functions failed`, {
    hint: "the warnings above name them",
  });
}
