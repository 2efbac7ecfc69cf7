/** What is known of a flag. */

export type OptionType = "string" | "integer" | "flag" | "list";

/** Headings of the help, in the order in which they are shown. */
export const HELP_GROUPS = ["function", "storage", "execution", "batch", "api", "output", "general"] as const;
export type HelpGroup = (typeof HELP_GROUPS)[number];

export interface OptionSpec {
  /** Key in {@link import("./command.ts").Options}. */
  readonly dest: string;
  /** Short name with its dash, `-if`; options of ours may have none. */
  readonly short?: string;
  /** Long name with its dashes. */
  readonly long: string;
  /** `list`: appended when repeated; any other repeated option: the last one wins. */
  readonly type: OptionType;
  /** Name of the value in the help; default: `dest` in capitals. */
  readonly metavar?: string;
  readonly help: string;
  readonly group: HelpGroup;
  /**
   * Paths in one element of `functions.aws`; `K=V` values become entries of the map at the path when `pairs` is set. Missing: the option
   * is about the command, not about a function, and lands at `scar.<dest>`; empty: nowhere. See {@link pathsOf}.
   */
  readonly path?: readonly string[];
  readonly pairs?: true;
}

/** Where the value lands in the effective configuration: below one element of `functions.aws`, or at `scar.<dest>`. */
export function pathsOf(option: OptionSpec): readonly string[] {
  return option.path ?? [`scar.${option.dest}`];
}

/** `dest` follows from the long name. */
export const option = (
  short: string,
  long: string,
  type: OptionType,
  group: HelpGroup,
  help: string,
  more: Pick<OptionSpec, "path" | "pairs" | "metavar"> & { dest?: string } = {},
): OptionSpec => ({
  dest: long.slice(2).replaceAll("-", "_"),
  ...(short === "" ? {} : { short }),
  long,
  type,
  group,
  help,
  ...more,
});

/** Where the value lands. */
export const at = (...path: string[]): { path: readonly string[] } => ({ path });

/** What is shown instead of running is no part of the configuration. */
export const nowhere = at();
