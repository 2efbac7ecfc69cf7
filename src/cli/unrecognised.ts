/** What no parser knows: refused with what was probably meant. */
import { nearest } from "../fdl/suggest.ts";
import { COMMANDS, type CommandSpec, findCommand, optionsOf } from "./command-table.ts";
import { OPTION } from "./options.ts";
import { GLOBAL } from "./own-options.ts";
import { UsageError } from "./usage.ts";
import { flagsFor } from "./words.ts";

/** Throws {@link UsageError} when there is no such command. */
export function commandNamed(name: string): CommandSpec {
  const command = findCommand(name);
  if (command !== undefined) return command;
  const known = COMMANDS.map((one) => one.name);
  const near = nearest(name, known);
  throw new UsageError(
    undefined,
    `invalid command: '${name}' (choose from ${known.join(", ")})`,
    near === undefined ? undefined : `did you mean 'scar ${near}'?`,
  );
}

/** Throws {@link UsageError} when there are words left over that are no options. */
export function refusePositionals(command: CommandSpec, tokens: readonly string[], words: readonly string[]): void {
  const [first] = words;
  if (first === undefined) return;
  const named = command.groups.find(({ members }) => members.includes(OPTION.name));
  const isNameless = named && !named.members.some(({ long }) => tokens.some((token) => token.split("=")[0] === long));
  throw unrecognised(command, words, isNameless ? `did you mean 'scar ${command.name} -n ${first}'?` : undefined);
}

/** Throws {@link UsageError} when there are words left over, the first of them an unknown flag. */
export function refuseUnknown(command: CommandSpec | undefined, words: readonly string[]): void {
  const [first] = words;
  if (first === undefined) return;
  const flag = first.split("=")[0]!;
  const all = command === undefined ? Object.values(GLOBAL) : optionsOf(command);
  const longs = all.map((option) => option.long);
  const near = flag.startsWith("--") ? nearest(flag, longs) : undefined;
  throw unrecognised(command, words, near === undefined ? takers(flag, command) : `did you mean '${near}'?`);
}

/** Who else takes a flag. */
function takers(flag: string, command: CommandSpec | undefined): string | undefined {
  const others = COMMANDS.filter((other) => flagsFor(other).exact.has(flag)).map(({ name }) => `scar ${name}`);
  if (others.length === 0) return undefined;
  const first = `${flag} is an option of ${others.join(", ")}`;
  return command === undefined ? `${first}, and stands after the command` : first;
}

function unrecognised(command: CommandSpec | undefined, words: readonly string[], hint?: string): UsageError {
  return new UsageError(command, `unrecognized arguments: ${words.join(" ")}`, hint);
}
