import { ScarError } from "../../errors.ts";
import type { Invocation } from "../../providers/aws/controllers/invocations.ts";
import type { CommandContext } from "../command.ts";

/** Throws `FunctionFailed` for an invocation that did, after the end of its log; with `-j` and `-v` stderr holds the error alone. */
export function throwIfFailed(
  name: string,
  { failure, logTail, requestId }: Invocation,
  { options, report }: Pick<CommandContext, "options" | "report">,
): void {
  if (failure === undefined) return;
  if (logTail !== "" && options["json"] !== true && options["verbose"] !== true) report.notice(logTail.trimEnd());
  throw new ScarError("FunctionFailed", `Function '${name}' failed: ${failure}`, {
    hint: `'scar log -n ${name} -ri ${requestId}' shows what it wrote`,
  });
}
