import { EXIT, ScarError } from "../errors.ts";
import { type CommandSpec, optionsOf } from "./command-table.ts";
import type { OptionSpec } from "./option.ts";

/** `-if FILE`, or `--port N` where there is no short name. */
function brief(option: OptionSpec): string {
  const flag = option.short ?? option.long;
  return option.type === "flag" ? flag : `${flag} ${metavarOf(option)}`;
}

export function metavarOf(option: OptionSpec): string {
  return option.metavar ?? option.dest.toUpperCase();
}

/** `-if/--image-file`, as argparse names an argument in its errors. */
export function flagsOf(option: OptionSpec): string {
  return option.short === undefined ? option.long : `${option.short}/${option.long}`;
}

/** The one-line form: what is required, then that there are options. */
export function usageLine(command?: CommandSpec): string {
  if (command === undefined) return "usage: scar [--local] COMMAND [options]";
  const parts = [`usage: scar ${command.name}`];
  if (command.choice) parts.push(Object.keys(command.choice.values).join("|"));
  for (const group of command.groups) {
    const members = group.members.map(brief).join(" | ");
    parts.push(group.required ? `(${members})` : `[${members}]`);
  }
  parts.push(...command.required.map(brief));
  const named = new Set([...command.required, ...command.groups.flatMap((group) => group.members)]);
  if (optionsOf(command).some((option) => !named.has(option))) parts.push("[options]");
  if (command.remainder) parts.push("[COMMAND…]");
  return parts.join(" ");
}

/** A command line that cannot be understood: exit code 2, the usage line first. */
export class UsageError extends ScarError {
  readonly usage: string;
  /** `scar init`, as argparse names the program. */
  readonly program: string;

  constructor(command: CommandSpec | undefined, message: string, hint?: string) {
    const program = command === undefined ? "scar" : `scar ${command.name}`;
    super("Usage", message, { exitCode: EXIT.usage, hint: hint ?? `'${program} --help' explains the options` });
    this.name = "UsageError";
    this.program = program;
    this.usage = usageLine(command);
  }
}
