/** A command line as the log may have it. */
import type { Options } from "../command.ts";
import { type CommandSpec, optionsOf } from "../command-table.ts";

/** Options whose values are a user's data. */
const HIDDEN = new Set(["json_data", "parameters"]);

/** `scar run --name f --environment KEY=*** -- (2 words)`: long names, without the values of variables and the container's command. */
export function shownLine(command: CommandSpec, options: Options, args: readonly string[]): string {
  const known = optionsOf(command);
  const flags = Object.entries(options).flatMap(([dest, value]): string[] => {
    const option = known.find((one) => one.dest === dest);
    if (option === undefined || value === undefined || value === false) return [];
    if (value === true) return [option.long];
    return [value].flat().flatMap((one) => [option.long, shown(String(one), option.pairs === true, HIDDEN.has(dest))]);
  });
  const words = command.choice ? args : args.length > 0 ? [`-- (${args.length} words)`] : [];
  return ["scar", command.name, ...flags, ...words].join(" ");
}

function shown(value: string, isPair: boolean, isHidden: boolean): string {
  if (isHidden) return "***";
  if (isPair) return value.includes("=") ? `${value.slice(0, value.indexOf("="))}=***` : "***";
  return /^[\w./:@%+,=-]+$/.test(value) ? value : JSON.stringify(value);
}

/** The variables given with `-e` and `-le`, as `KEY=VALUE`. */
export function givenVariables(command: CommandSpec, options: Options): string[] {
  return optionsOf(command).flatMap(({ dest, pairs }) => {
    const value = options[dest];
    return pairs && Array.isArray(value) ? value.map(String) : [];
  });
}
