/** The commander tree, built from the option data: it parses normalised words and lays out the help. */
import { Command, Help, Option } from "commander";
import type { NormalisedLine } from "./argv.ts";
import type { Options } from "./command.ts";
import { COMMANDS, type CommandSpec, optionsOf } from "./command-table.ts";
import { inHelpOrder } from "./help-order.ts";
import type { HelpGroup, OptionSpec } from "./option.ts";
import { GLOBAL, SCAR_VERSION_OPTION } from "./own-options.ts";
import { optionNote } from "./served.ts";
import { flagsOf, metavarOf, UsageError, usageLine } from "./usage.ts";

const HEADINGS: Record<HelpGroup, string> = {
  function: "Function:",
  storage: "Files:",
  execution: "Execution:",
  batch: "AWS Batch:",
  api: "HTTP endpoint:",
  output: "Output:",
  general: "General:",
};

/** Python's int(): a sign, digits with single underscores between them, and white space around. */
function integer(text: string, option: OptionSpec, command: CommandSpec | undefined): number {
  if (!/^\s*[+-]?\d+(_\d+)*\s*$/.test(text)) {
    throw new UsageError(command, `argument ${flagsOf(option)}: invalid int value: '${text}'`);
  }
  return Number(text.replaceAll("_", ""));
}

function commanderOption(spec: OptionSpec, command: CommandSpec | undefined): Option {
  const note = optionNote(command, spec);
  const help = note === undefined ? spec.help : withNote(spec.help, note);
  const option = new Option(spec.type === "flag" ? spec.long : `${spec.long} <value>`, help);
  option.helpGroup(HEADINGS[spec.group]);
  // Values are kept by `dest`, and a name that begins with `no-` means nothing more than that.
  option.attributeName = () => spec.dest;
  option.negate = false;
  if (spec.type === "integer") option.argParser((text) => integer(text, spec, command));
  if (spec.type === "list") {
    option.argParser((text: string, before: readonly string[] | undefined) => [...(before ?? []), text]);
  }
  return option;
}

/** `… (default 1; not supported yet)` */
function withNote(help: string, note: string): string {
  return help.endsWith(")") ? `${help.slice(0, -1)}; ${note})` : `${help} (${note})`;
}

function commanderCommand(spec: CommandSpec): Command {
  const command = new Command(spec.name).exitOverride().helpOption(false).allowExcessArguments();
  for (const option of inHelpOrder(optionsOf(spec))) command.addOption(commanderOption(option, spec));
  return command;
}

/** Types, repeats and groups: the options by their `dest`. Throws {@link UsageError}. */
export function parseOptions(line: NormalisedLine & { readonly command: CommandSpec }): Options {
  const { command, tokens } = line;
  const parser = commanderCommand(command);
  parser.parse([...tokens], { from: "user" });
  const options: Record<string, Options[string]> = {};
  for (const spec of optionsOf(command)) {
    const value = parser.getOptionValue(spec.dest) as Options[string];
    if (value !== undefined) options[spec.dest] = value;
  }
  checkGroups(command, tokens);
  return options;
}

function checkGroups(command: CommandSpec, tokens: readonly string[]): void {
  const order = tokens.map((token) => token.split("=")[0]!);
  const given = (option: OptionSpec): boolean => order.includes(option.long);
  for (const { members, required } of command.groups) {
    const present = members.filter(given).sort((a, b) => order.indexOf(a.long) - order.indexOf(b.long));
    if (present.length > 1) {
      const [first, second] = present as [OptionSpec, OptionSpec];
      throw new UsageError(command, `argument ${flagsOf(second)}: not allowed with argument ${flagsOf(first)}`);
    }
    if (required && present.length === 0) {
      throw new UsageError(command, `one of the arguments ${members.map(flagsOf).join(" ")} is required`);
    }
  }
  const missing = command.required.filter((option) => !given(option));
  if (missing.length > 0) {
    throw new UsageError(command, `the following arguments are required: ${missing.map(flagsOf).join(", ")}`);
  }
}

/** commander knows the long names alone: the short ones come from the option data. */
class ScarHelp extends Help {
  readonly #byLong: ReadonlyMap<string, OptionSpec>;

  constructor(options: readonly OptionSpec[], width: number) {
    super();
    this.helpWidth = width;
    this.#byLong = new Map(options.map((option) => [option.long, option]));
  }

  override optionTerm(option: Option): string {
    const spec = this.#byLong.get(option.long ?? "");
    if (spec === undefined) return option.flags;
    const value = spec.type === "flag" ? "" : ` ${metavarOf(spec)}`;
    return `${spec.short === undefined ? "" : `${spec.short}, `}${spec.long}${value}`;
  }

  override subcommandTerm(command: Command): string {
    return command.name();
  }

  override commandUsage(): string {
    return "";
  }
}

/** The help of one command, or of all; `width` in columns. */
export function helpText(spec: CommandSpec | undefined, width: number): string {
  const intro = spec === undefined ? "Container images as serverless file processors." : `${capital(summaryOf(spec))}.`;
  const parts = spec === undefined ? [commandList(width), optionList(undefined, width)] : [optionList(spec, width)];
  return [usageLine(spec), intro, ...parts, examples(spec)].join("\n\n");
}

const summaryOf = ({ summary, load }: CommandSpec): string =>
  load === undefined ? `${summary} (not supported yet)` : summary;

function commandList(width: number): string {
  const all = new Command().helpOption(false).helpCommand(false);
  for (const spec of COMMANDS) all.addCommand(new Command(spec.name).description(summaryOf(spec)));
  return laidOut(all, [], width);
}

function optionList(spec: CommandSpec | undefined, width: number): string {
  const options = inHelpOrder(spec === undefined ? [SCAR_VERSION_OPTION, ...Object.values(GLOBAL)] : optionsOf(spec));
  const command = new Command().helpOption(false);
  for (const option of options) command.addOption(commanderOption(option, spec));
  for (const [name, meaning] of Object.entries(spec?.choice?.values ?? {})) command.argument(name, meaning);
  if (spec?.remainder) command.argument("COMMAND…", spec.remainder.help);
  return laidOut(command, options, width);
}

/** commander's layout without its usage line. */
function laidOut(command: Command, options: readonly OptionSpec[], width: number): string {
  const help = new ScarHelp(options, width);
  return help
    .formatHelp(command, help)
    .replace(/^Usage:.*\n+/, "")
    .trimEnd();
}

function examples(spec: CommandSpec | undefined): string {
  const lines = spec?.examples ?? ["scar init -f grey.yaml", "scar put -b photos/in -p holiday/"];
  const more = spec === undefined ? "\n'scar COMMAND --help' explains a command and its options.\n" : "";
  return `${lines.length > 1 ? "Examples" : "Example"}:\n${lines.map((line) => `  ${line}\n`).join("")}${more}`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
