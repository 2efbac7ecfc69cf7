/**
 * argparse's grammar, as SCAR's scripts rely on it (behaviour.md, section 1) → one spelling that commander understands:
 * `--long=value` and `--flag`, with the positionals apart.
 */
import type { CommandSpec } from "./command-table.ts";
import { oldJsonData, oldPositionals, withoutOldFlags } from "./old-forms.ts";
import type { OptionSpec } from "./option.ts";
import { OPTION } from "./options.ts";
import { SCAR_VERSION_OPTION } from "./own-options.ts";
import { commandNamed, refusePositionals, refuseUnknown } from "./unrecognised.ts";
import { flagsOf, UsageError } from "./usage.ts";
import { classify, type Flags, flagsFor, type OptionWord } from "./words.ts";

export interface NormalisedLine {
  readonly command?: CommandSpec;
  /** Options in the order given, each once a giving: `--image-file=x`, `--json`. */
  readonly tokens: readonly string[];
  /** Positionals: the container's command of `run`, verbatim, or `local`'s action. */
  readonly args: readonly string[];
  /** What to print instead of running. */
  readonly show?: "help" | "version";
  /** Old forms that were understood, and how they are written today: one line each. */
  readonly deprecated: readonly string[];
}

/** Reads the words of one parser. */
class Reader {
  readonly tokens: string[] = [];
  readonly unrecognised: string[] = [];
  readonly deprecated: string[] = [];
  show: "help" | "version" | undefined;
  /** Whether the positionals stand after a `--`. */
  separated = false;
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
      if (word === "--") {
        this.separated = true;
        return [...found, ...this.#words.slice(this.#next)];
      }
      const kind = classify(word, this.#flags);
      if (kind.kind === "option") this.#option(kind);
      else if (kind.kind === "unknown") this.unrecognised.push(word);
      else if (verbatim) return [word, ...this.#words.slice(this.#next)];
      else found.push(word);
    }
    return found;
  }

  #option(word: OptionWord): void {
    const { flag, option, value } = word;
    if (option.type !== "flag") {
      this.tokens.push(`${option.long}=${value ?? this.#value(option)}`);
      return;
    }
    const data = oldJsonData(word, this.#flags.command, () => this.#takeValue());
    if (data !== undefined) {
      this.tokens.push(data.token);
      this.deprecated.push(data.deprecated);
      return;
    }
    if (option === OPTION.help) this.show = "help";
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

  /** The next word, if it can be a value. */
  #takeValue(): string | undefined {
    const word = this.#words[this.#next];
    if (word === undefined || word === "--" || classify(word, this.#flags).kind !== "positional") return undefined;
    this.#next++;
    return word;
  }

  #value(option: OptionSpec): string {
    const value = this.#takeValue();
    if (value !== undefined) return value;
    const word = this.#words[this.#next];
    throw new UsageError(
      this.#flags.command,
      `argument ${flagsOf(option)}: expected one argument`,
      word?.startsWith("-") && word !== "--"
        ? `a value that begins with a dash is given with '=': ${option.long}=${word}`
        : undefined,
    );
  }
}

/** Throws {@link UsageError} for what argparse would refuse. */
export function normalise(argv: readonly string[]): NormalisedLine {
  const top = new Reader(argv, flagsFor());
  const [name, ...rest] = top.positionals(true);
  const nothing = { tokens: [], args: [], deprecated: [] };
  if (top.show !== undefined) return { ...nothing, show: top.show };
  refuseUnknown(undefined, top.unrecognised);
  if (name === undefined) return { ...nothing, tokens: top.tokens };
  if (name === "help") return helpLine(rest);
  const command = commandNamed(name);
  const reader = new Reader(rest, flagsFor(command));
  const args = reader.positionals(command.remainder !== undefined);
  if (reader.show !== undefined) return { ...nothing, command, show: reader.show };
  const wanted = command.remainder ? args.length : command.choice ? 1 : 0;
  if (reader.unrecognised.length > 0) refuseUnknown(command, [...reader.unrecognised, ...args.slice(wanted)]);
  const flags = withoutOldFlags(command, reader.tokens);
  const line = oldPositionals(command, { tokens: flags.tokens, args, separated: reader.separated });
  refusePositionals(command, line.tokens, line.args.slice(wanted));
  return {
    command,
    tokens: [...top.tokens, ...line.tokens],
    args: line.args,
    deprecated: [...reader.deprecated, ...flags.deprecated, ...line.deprecated],
  };
}

/** `scar help` and `scar help COMMAND`: what `--help` shows. */
function helpLine(words: readonly string[]): NormalisedLine {
  const [name, ...more] = words.filter((word) => !word.startsWith("-"));
  refuseUnknown(undefined, more);
  return {
    ...(name === undefined ? {} : { command: commandNamed(name) }),
    tokens: [],
    args: [],
    deprecated: [],
    show: "help",
  };
}
