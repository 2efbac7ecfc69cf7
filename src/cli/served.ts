/** What this version parses but does not serve yet; a line goes away with the work that serves it. */
import { notSupportedYet } from "../errors.ts";
import { unservedNote } from "../fdl/served.ts";
import type { Options } from "./command.ts";
import { type CommandSpec, optionsOf } from "./command-table.ts";
import type { OptionSpec } from "./option.ts";
import { flagsOf } from "./usage.ts";

/** By command: `dest` of the options. What lands in the configuration is refused by fdl/served.ts, with the FDL's fields. */
const LATER: Readonly<Record<string, readonly string[]>> = {};

const isLater = (command: CommandSpec, dest: string): boolean => (LATER[command.name] ?? []).includes(dest);

/** What the help says of an option that is not, or not wholly, served; undefined when it is. */
export function optionNote(command: CommandSpec | undefined, option: OptionSpec): string | undefined {
  if (command && isLater(command, option.dest)) return "not supported yet";
  const notes = (option.path ?? []).map(unservedNote);
  return notes.includes(undefined) ? undefined : notes[0];
}

/** Throws ScarError `NotSupportedYet` naming the flag, before anything is read or written. */
export function refuseUnserved(command: CommandSpec, options: Options): void {
  for (const option of optionsOf(command)) {
    if (options[option.dest] === undefined || !isLater(command, option.dest)) continue;
    throw notSupportedYet(`scar ${command.name} ${flagsOf(option)}`);
  }
}
