import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { COMMANDS, findCommand } from "../../../src/cli/command-table.ts";
import type { OptionSpec } from "../../../src/cli/options.ts";

interface OriginalOption {
  readonly flags: readonly string[];
  readonly dest: string;
  readonly action: string;
  readonly type: "int" | null;
  readonly required: boolean;
}

interface OriginalCommand {
  readonly options: readonly OriginalOption[];
  readonly groups: readonly { readonly required: boolean; readonly members: readonly (readonly string[])[] }[];
}

const original = JSON.parse(
  readFileSync(new URL("../../fixtures/argparse/cli.json", import.meta.url), "utf8"),
) as Record<string, OriginalCommand>;

const flags = ({ short, long }: OptionSpec): string[] => (short === undefined ? [long] : [short, long]);

const typeOf = ({ action, type }: OriginalOption): OptionSpec["type"] => {
  if (action === "_AppendAction") return "list";
  if (action === "_StoreTrueAction" || action === "_HelpAction") return "flag";
  return type === "int" ? "integer" : "string";
};

describe.each(Object.entries(original))("%s", (name, want) => {
  const command = findCommand(name)!;

  it("has SCAR's options, in SCAR's order", () => {
    const ours = command.options.map((option) => ({ flags: flags(option), dest: option.dest, type: option.type }));
    const theirs = want.options
      .filter((option) => option.flags.length > 0)
      .map((option) => ({ flags: option.flags, dest: option.dest, type: typeOf(option) }));
    expect(ours).toEqual(theirs);
  });

  it("has SCAR's groups and required options", () => {
    const groups = command.groups.map(({ required, members }) => ({ required, members: members.map(flags) }));
    expect(groups).toEqual(want.groups);
    expect(command.required.map(flags)).toEqual(want.options.filter((o) => o.required).map((o) => o.flags));
  });

  it("takes a remainder where SCAR does", () => {
    const rest = want.options.find((option) => option.flags.length === 0);
    expect(command.remainder?.dest).toBe(rest?.dest);
  });
});

it("no option of one command has two meanings", () => {
  for (const { name, options, extra } of COMMANDS) {
    const all = [...options, ...extra].flatMap(flags);
    expect(new Set(all).size, name).toBe(all.length);
  }
});
