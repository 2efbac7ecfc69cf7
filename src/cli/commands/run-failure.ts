import { ScarError } from "../../errors.ts";
import type { Invocation } from "../../providers/aws/controllers/invocations.ts";
import type { CommandContext } from "../command.ts";

/**
 * Throws `FunctionFailed` for an invocation that did. The supervisor's own answer holds the end of the command's output; where there is
 * none (a time limit, a crash), the end of the log is shown instead. With `-j` and `-v` stderr holds the error alone.
 */
export function throwIfFailed(
  name: string,
  { failure, logTail, requestId, response }: Invocation,
  { options, report }: Pick<CommandContext, "options" | "report">,
): void {
  if (failure === undefined) return;
  const asJson = options["json"] === true || options["verbose"] === true;
  if (response.FunctionError !== undefined && logTail !== "" && !asJson) report.notice(logTail.trimEnd());
  throw new ScarError("FunctionFailed", `Function '${name}' failed: ${failure}`, {
    hint: `'scar log -n ${name} -ri ${requestId}' shows what it wrote`,
  });
}
