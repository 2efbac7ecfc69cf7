/** The parts of docs/command-line.md that are made from the option data. */
import { COMMANDS, type CommandSpec, optionsOf } from "../../src/cli/command-table.ts";
import { inHelpOrder } from "../../src/cli/help-order.ts";
import { type OptionSpec, pathsOf } from "../../src/cli/option.ts";
import { GLOBAL, SCAR_VERSION_OPTION } from "../../src/cli/own-options.ts";
import { metavarOf, usageLine } from "../../src/cli/usage.ts";

const globals: readonly OptionSpec[] = Object.values(GLOBAL);

/** Text by the name of its block in the page. */
export function generatedBlocks(): Map<string, string> {
  return new Map([
    ["commands", commandTable()],
    ["every command", optionTable(undefined, [...globals, SCAR_VERSION_OPTION])],
    ...COMMANDS.map((command): [string, string] => [command.name, commandBlock(command)]),
  ]);
}

/** The page with its blocks made anew. Throws when one has no place in it. */
export function withGeneratedBlocks(page: string): string {
  let made = page;
  for (const [name, text] of generatedBlocks()) {
    const block = new RegExp(`(<!-- made from the option data: ${name} -->\n)[^]*?(<!-- end -->)`);
    if (!block.test(made)) throw new Error(`the page has no block for '${name}'`);
    made = made.replace(block, (_whole, head: string, tail: string) => `${head}\n${text}\n\n${tail}`);
  }
  return made;
}

function commandTable(): string {
  const rows = COMMANDS.map(({ name, summary }) => [`[\`${name}\`](#scar-${name})`, summary]);
  return table(["command", "what it does"], rows);
}

function commandBlock(command: CommandSpec): string {
  const usage = ["```text", usageLine(command).replace(/^usage: /, ""), "```"].join("\n");
  const own = optionsOf(command).filter((option) => !globals.includes(option));
  const actions = Object.entries(command.choice?.values ?? {}).map(([name, meaning]) => [`\`${name}\``, meaning]);
  const examples = ["```sh", ...command.examples, "```"].join("\n");
  return [
    usage,
    ...(actions.length > 0 ? [table(["action", "what it does"], actions)] : []),
    optionTable(command, own),
    examples,
  ].join("\n\n");
}

function optionTable(command: CommandSpec | undefined, options: readonly OptionSpec[]): string {
  const rows = inHelpOrder(options).map((option) => {
    const names = option.short === undefined ? option.long : `${option.short}, ${option.long}`;
    const value = option.type === "flag" ? "" : ` ${metavarOf(option)}`;
    const paths = pathsOf(option).map((path) => `\`${path}\``);
    return [`\`${names}${value}\``, option.help, paths.join(", ")];
  });
  if (command?.remainder) {
    rows.unshift(["`COMMAND…`", command.remainder.help, `\`${command.remainder.path}\``]);
  }
  return table(["option", "what it does", "lands at"], rows);
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const cell = (text: string): string => text.replaceAll("|", "\\|");
  const lines = [heads, heads.map(() => "---"), ...rows].map((row) => `| ${row.map(cell).join(" | ")} |`);
  return lines.join("\n");
}
