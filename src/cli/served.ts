/** What this version parses but does not serve yet; a line goes away with the work that serves it. */
import { notSupportedYet } from "../errors.ts";
import type { Options } from "./command.ts";
import type { CommandSpec } from "./command-table.ts";
import { flagsOf } from "./usage.ts";

/** By command: `dest` of the options. What lands in the configuration is refused by fdl/served.ts, with the FDL's fields. */
const LATER: Readonly<Record<string, readonly string[]>> = {
  rm: ["all"],
};

/** Throws ScarError `NotSupportedYet` naming the flag, before anything is read or written. */
export function refuseUnserved(command: CommandSpec, options: Options): void {
  for (const dest of LATER[command.name] ?? []) {
    const option = command.options.find((known) => known.dest === dest);
    if (option && options[dest] !== undefined) throw notSupportedYet(`scar ${command.name} ${flagsOf(option)}`);
  }
}
