/** What one word of a command line is, by argparse's rules (Python 3.11; behaviour.md, section 1). */
import { type CommandSpec, optionsOf } from "./command-table.ts";
import type { OptionSpec } from "./option.ts";
import { GLOBAL, SCAR_VERSION_OPTION } from "./own-options.ts";
import { UsageError } from "./usage.ts";

/**
 * The flags of one parser. SCAR's own are searched for prefixes first, then ours, then those of its first releases: no new flag ever makes
 * an old prefix ambiguous.
 */
export interface Flags {
  readonly command: CommandSpec | undefined;
  readonly exact: ReadonlyMap<string, OptionSpec>;
  readonly tiers: readonly (readonly (readonly [string, OptionSpec])[])[];
}

/** `value` is what was glued to the flag. */
export type Word =
  | { readonly kind: "option"; readonly flag: string; readonly option: OptionSpec; readonly value?: string }
  | { readonly kind: "unknown" }
  | { readonly kind: "positional" };

export type OptionWord = Extract<Word, { kind: "option" }>;

const names = (option: OptionSpec): [string, OptionSpec][] =>
  [option.short, option.long].filter((name) => name !== undefined).map((name) => [name, option]);

/** The flags of a command, or those that stand before its name. */
export function flagsFor(command?: CommandSpec): Flags {
  const original = command?.options ?? [GLOBAL.help, SCAR_VERSION_OPTION];
  const all = command === undefined ? [...original, ...Object.values(GLOBAL)] : optionsOf(command);
  const ours = all.filter((option) => !original.includes(option));
  const old = command?.old ?? [];
  return {
    command,
    exact: new Map([...all, ...old].flatMap(names).reverse()),
    tiers: [original, ours, old].map((options) => options.flatMap(names)),
  };
}

/** Throws {@link UsageError} for a prefix that several flags have. */
export function classify(word: string, flags: Flags): Word {
  if (!word.startsWith("-") || word === "-") return { kind: "positional" };
  const whole = flags.exact.get(word);
  if (whole) return { kind: "option", flag: word, option: whole };
  const equals = word.indexOf("=");
  const head = equals < 0 ? word : word.slice(0, equals);
  const tail = equals < 0 ? undefined : word.slice(equals + 1);
  const named = flags.exact.get(head);
  if (named && tail !== undefined && !isBareWord(head, flags)) {
    return { kind: "option", flag: head, option: named, value: tail };
  }
  for (const tier of flags.tiers) {
    const candidates = word.startsWith("--") ? longPrefix(head, tail, tier) : shortPrefix(word, tier);
    if (candidates.length > 1) {
      const list = candidates.map((candidate) => candidate.flag).join(", ");
      throw new UsageError(flags.command, `ambiguous option: ${word} could match ${list}`);
    }
    if (candidates[0]) return candidates[0];
  }
  if (/^-\d+$|^-\d*\.\d+$/.test(word) || word.includes(" ")) return { kind: "positional" };
  return { kind: "unknown" };
}

/** `-es=x` always was `-e` with the value `s=x`, and stays it: the old flag is a word of its own. */
function isBareWord(flag: string, { command }: Flags): boolean {
  return (command?.old ?? []).some(({ short }) => short === flag);
}

function longPrefix(head: string, value: string | undefined, tier: Flags["tiers"][number]): OptionWord[] {
  return tier
    .filter(([flag]) => flag.startsWith(head))
    .map(([flag, option]) => ({ kind: "option", flag, option, ...(value === undefined ? {} : { value }) }));
}

/** `-nvalue` is the single letter with its value; `-ap` is a prefix of `-api`. */
function shortPrefix(word: string, tier: Flags["tiers"][number]): OptionWord[] {
  return tier.flatMap(([flag, option]): OptionWord[] => {
    if (flag === word.slice(0, 2)) return [{ kind: "option", flag, option, value: word.slice(2) }];
    return flag.startsWith(word) ? [{ kind: "option", flag, option }] : [];
  });
}
