/**
 * argparse's grammar (Python 3.11, as SCAR's scripts rely on it; behaviour.md, section 1) → one spelling that commander understands:
 * `--long=value` and `--flag`, with the positionals apart.
 */
import { nearest } from "../fdl/suggest.ts";
import { COMMANDS, type CommandSpec, findCommand, optionsOf } from "./command-table.ts";
import { GLOBAL, type OptionSpec, SCAR_VERSION_OPTION } from "./options.ts";
import { flagsOf, UsageError } from "./usage.ts";

export interface NormalisedLine {
  readonly command?: CommandSpec;
  /** Options in the order given, each once a giving: `--image-file=x`, `--json`. */
  readonly tokens: readonly string[];
  /** Positionals: the container's command of `run`, verbatim, or `local`'s action. */
  readonly args: readonly string[];
  /** What to print instead of running. */
  readonly show?: "help" | "version";
}

/** The flags of one parser: SCAR's own are searched first, so that a new flag of ours never makes an old prefix ambiguous. */
interface Flags {
  readonly command: CommandSpec | undefined;
  readonly exact: ReadonlyMap<string, OptionSpec>;
  readonly tiers: readonly (readonly (readonly [string, OptionSpec])[])[];
}

/** What one word is; `value` is what was glued to the flag. */
type Word =
  | { readonly kind: "option"; readonly flag: string; readonly option: OptionSpec; readonly value?: string }
  | { readonly kind: "unknown" }
  | { readonly kind: "positional" };

const names = (option: OptionSpec): [string, OptionSpec][] =>
  [option.short, option.long].filter((name) => name !== undefined).map((name) => [name, option]);

function flagsFor(command?: CommandSpec): Flags {
  const original = command?.options ?? [OPTION_HELP, SCAR_VERSION_OPTION];
  const all = command === undefined ? [...original, ...Object.values(GLOBAL)] : optionsOf(command);
  const ours = all.filter((option) => !original.includes(option));
  return {
    command,
    exact: new Map(all.flatMap(names).reverse()),
    tiers: [original.flatMap(names), ours.flatMap(names)],
  };
}

const OPTION_HELP = GLOBAL.help;

function classify(word: string, flags: Flags): Word {
  if (!word.startsWith("-") || word === "-") return { kind: "positional" };
  const whole = flags.exact.get(word);
  if (whole) return { kind: "option", flag: word, option: whole };
  const equals = word.indexOf("=");
  const head = equals < 0 ? word : word.slice(0, equals);
  const tail = equals < 0 ? undefined : word.slice(equals + 1);
  const named = flags.exact.get(head);
  if (named && tail !== undefined) return { kind: "option", flag: head, option: named, value: tail };
  for (const tier of flags.tiers) {
    const candidates = word.startsWith("--") ? longPrefix(head, tail, tier) : shortPrefix(word, tier);
    if (candidates.length > 1) {
      const list = candidates.map((c) => c.flag).join(", ");
      throw new UsageError(flags.command, `ambiguous option: ${word} could match ${list}`);
    }
    if (candidates[0]) return candidates[0];
  }
  if (/^-\d+$|^-\d*\.\d+$/.test(word) || word.includes(" ")) return { kind: "positional" };
  return { kind: "unknown" };
}

type OptionWord = Extract<Word, { kind: "option" }>;

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

/** Reads the words of one parser. */
class Reader {
  readonly tokens: string[] = [];
  readonly unrecognised: string[] = [];
  show: "help" | "version" | undefined;
  #next = 0;
  readonly #words: readonly string[];
  readonly #flags: Flags;

  constructor(words: readonly string[], flags: Flags) {
    this.#words = words;
    this.#flags = flags;
  }

  /** Consumes everything; the positionals: all between the options, or with `verbatim` the first and all after it. */
  positionals(verbatim: boolean): readonly string[] {
    const found: string[] = [];
    while (this.#next < this.#words.length && this.show === undefined) {
      const word = this.#words[this.#next++]!;
      if (word === "--") return [...found, ...this.#words.slice(this.#next)];
      const kind = classify(word, this.#flags);
      if (kind.kind === "option") this.#option(kind);
      else if (kind.kind === "unknown") this.unrecognised.push(word);
      else if (verbatim) return [word, ...this.#words.slice(this.#next)];
      else found.push(word);
    }
    return found;
  }

  #option({ flag, option, value }: OptionWord): void {
    if (option.type !== "flag") {
      this.tokens.push(`${option.long}=${value ?? this.#value(option)}`);
      return;
    }
    if (option === OPTION_HELP) this.show = "help";
    else if (option === SCAR_VERSION_OPTION) this.show = "version";
    else this.tokens.push(option.long);
    if (value === undefined) return;
    // What is glued to a flag without value is a bundle, whose last member may take a value: -jbfoo.
    const member = flag.startsWith("--") ? undefined : this.#flags.exact.get(`-${value.charAt(0)}`);
    if (member === undefined) {
      throw new UsageError(this.#flags.command, `argument ${flagsOf(option)}: ignored explicit argument '${value}'`);
    }
    const rest = value.slice(1);
    this.#option({
      kind: "option",
      flag: `-${value.charAt(0)}`,
      option: member,
      ...(rest === "" ? {} : { value: rest }),
    });
  }

  #value(option: OptionSpec): string {
    const word = this.#words[this.#next];
    if (word === undefined || word === "--" || classify(word, this.#flags).kind !== "positional") {
      throw new UsageError(
        this.#flags.command,
        `argument ${flagsOf(option)}: expected one argument`,
        word?.startsWith("-") && word !== "--"
          ? `a value that begins with a dash is given with '=': ${option.long}=${word}`
          : undefined,
      );
    }
    this.#next++;
    return word;
  }
}

/** Throws {@link UsageError} for what argparse would refuse. */
export function normalise(argv: readonly string[]): NormalisedLine {
  const top = new Reader(argv, flagsFor());
  const [name, ...rest] = top.positionals(true);
  if (top.show !== undefined) return { tokens: [], args: [], show: top.show };
  refuseUnknown(undefined, top.unrecognised);
  if (name === undefined) return { tokens: top.tokens, args: [] };
  const command = findCommand(name);
  if (command === undefined) {
    const near = nearest(
      name,
      COMMANDS.map((known) => known.name),
    );
    const choices = COMMANDS.map((known) => known.name).join(", ");
    throw new UsageError(
      undefined,
      `invalid command: '${name}' (choose from ${choices})`,
      near === undefined ? undefined : `did you mean 'scar ${near}'?`,
    );
  }
  const reader = new Reader(rest, flagsFor(command));
  const args = reader.positionals(command.remainder !== undefined);
  if (reader.show !== undefined) return { command, tokens: [], args: [], show: reader.show };
  const wanted = command.remainder ? args.length : command.choice ? 1 : 0;
  refuseUnknown(command, [...reader.unrecognised, ...args.slice(wanted)]);
  return { command, tokens: [...top.tokens, ...reader.tokens], args };
}

function refuseUnknown(command: CommandSpec | undefined, words: readonly string[]): void {
  const first = words[0];
  if (first === undefined) return;
  const all = command === undefined ? Object.values(GLOBAL) : optionsOf(command);
  const near = first.startsWith("--")
    ? nearest(
        first.split("=")[0]!,
        all.map((option) => option.long),
      )
    : undefined;
  throw new UsageError(
    command,
    `unrecognized arguments: ${words.join(" ")}`,
    near === undefined ? undefined : `did you mean '${near}'?`,
  );
}
