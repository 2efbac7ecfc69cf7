import type { CommandContext } from "../command.ts";
import { variablesOf } from "../overlay.ts";

/** `run -e KEY=VALUE`: variables of the container for this run alone. They travel in the event, never in an argument. */
export function runVariables({ options }: Pick<CommandContext, "options">): Readonly<Record<string, string>> {
  return variablesOf((options["environment"] ?? []) as readonly string[]);
}
