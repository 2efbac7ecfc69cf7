/** Command lines of SCAR's first manuals, and what `-j` once meant: still understood, each with one line that says how it is written today. */
import type { CommandSpec } from "./command-table.ts";
import type { OptionSpec } from "./option.ts";
import { OPTION } from "./options.ts";
import { OLD } from "./own-options.ts";
import { flagsOf, UsageError } from "./usage.ts";
import { classify, flagsFor, type OptionWord } from "./words.ts";

interface Translated {
  readonly tokens: readonly string[];
  readonly deprecated: readonly string[];
}

const hasToken = (tokens: readonly string[], ...options: OptionSpec[]): boolean =>
  tokens.some((token) => options.some(({ long }) => token === long || token.startsWith(`${long}=`)));

/**
 * `invoke -j VALUE` and `invoke --json[=]VALUE` were prefixes of `-jd` and `--json-data` when invoke had no `-j` of its own; without a value
 * they ask for JSON (DESIGN section 5). `take` gives the next word of the line if it can be a value.
 */
export function oldJsonData(
  { flag, option, value }: OptionWord,
  command: CommandSpec | undefined,
  take: () => string | undefined,
): { readonly token: string; readonly deprecated: string } | undefined {
  if (option !== OPTION.json || !command?.options.includes(OPTION.jsonData)) return undefined;
  // `-j=x` and `-jx` never were prefixes.
  if (value !== undefined && !flag.startsWith("--")) return undefined;
  const data = value ?? take();
  if (data === undefined) return undefined;
  const { long, short } = OPTION.jsonData;
  const today = flag.startsWith("--") ? long : short;
  return {
    token: `${long}=${data}`,
    deprecated: `${flag} with a value is read as ${today}: write ${today} (${flag} alone asks for results as JSON)`,
  };
}

/** `-es BUCKET`: the bucket's folder `input` starts the function, and for init its folder `output` gets the results; other flags win. */
export function withoutOldFlags(command: CommandSpec, tokens: readonly string[]): Translated {
  const isOld = (token: string): boolean => token.startsWith(`${OLD.eventSource.long}=`);
  const given = tokens.findLast(isOld);
  if (given === undefined) return { tokens, deprecated: [] };
  const bucket = given.slice(OLD.eventSource.long.length + 1).replace(/\/+$/, "");
  const folders = [
    { option: OPTION.inputBucket, value: `${bucket}/input` },
    { option: OPTION.outputBucket, value: `${bucket}/output` },
  ].filter(({ option }) => command.options.some(({ long }) => long === option.long));
  const today = folders.map(({ option, value }) => `${option.short} ${value}`).join(" ");
  return {
    tokens: [
      ...folders.map(({ option, value }) => `${option.long}=${value}`),
      ...tokens.filter((token) => !isOld(token)),
    ],
    deprecated: [`${OLD.eventSource.short} ${bucket}: write ${today}`],
  };
}

/** `init -n NAME IMAGE`, `run NAME [CMD…]` and `log NAME`, where no flag says what the first positional says. */
export function oldPositionals(
  command: CommandSpec,
  line: { readonly tokens: readonly string[]; readonly args: readonly string[]; readonly separated: boolean },
): Translated & { readonly args: readonly string[] } {
  const { tokens, args } = line;
  const unchanged = { tokens, args, deprecated: [] };
  const option = command.oldPositional;
  const [first, ...rest] = args;
  if (option === undefined || first === undefined || line.separated) return unchanged;
  const rivals = command.groups.find(({ members }) => members.includes(option))?.members ?? [];
  if (hasToken(tokens, ...rivals)) return unchanged;
  if (command.remainder === undefined && rest.length > 0) return unchanged;
  if (command.remainder) refuseLateName(command, rivals, args);
  const value = option.dest.toUpperCase();
  return {
    tokens: [...tokens, `${option.long}=${first}`],
    args: rest[0] === "--" ? rest.slice(1) : rest,
    deprecated: [`scar ${command.name} ${value}: write scar ${command.name} ${option.short} ${value}`],
  };
}

/** Whoever writes `scar run echo -n f` did not mean a function 'echo'. */
function refuseLateName(command: CommandSpec, rivals: readonly OptionSpec[], args: readonly string[]): void {
  const late = args.slice(1).find((word) => isOneOf(word, command, rivals));
  if (late === undefined) return;
  throw new UsageError(
    command,
    `one of the arguments ${rivals.map(flagsOf).join(" ")} is required`,
    `what follows '${args[0]}' belongs to the container's command, '${late}' too: the function is named before it, scar ${command.name} -n NAME ${args[0]} …`,
  );
}

function isOneOf(word: string, command: CommandSpec, options: readonly OptionSpec[]): boolean {
  try {
    const kind = classify(word, flagsFor(command));
    return kind.kind === "option" && options.includes(kind.option);
  } catch {
    // An ambiguous prefix of the options that a command could have.
    return false;
  }
}
