/** Command lines in every spelling that argparse knows, made from what they are meant to say. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { COMMANDS, type CommandSpec, findCommand, optionsOf } from "../../../src/cli/command-table.ts";
import { parse } from "../../../src/cli/dispatch.ts";
import type { OptionSpec } from "../../../src/cli/option.ts";
import { GLOBAL } from "../../../src/cli/own-options.ts";

/** One option as it is meant, and how it is written. */
interface Giving {
  readonly option: OptionSpec;
  readonly value: unknown;
  readonly words: readonly string[];
}

const flagsOf = ({ short, long }: OptionSpec): string[] => (short === undefined ? [long] : [short, long]);

/** Beginnings of the long name that stand for this option alone: SCAR's own are asked first. */
function prefixes(command: CommandSpec, option: OptionSpec): string[] {
  const isOwn = command.options.includes(option);
  const own = command.options.flatMap(flagsOf);
  const all = optionsOf(command).flatMap(flagsOf);
  const found: string[] = [];
  for (let length = 3; length <= option.long.length; length++) {
    const prefix = option.long.slice(0, length);
    const rivals = (isOwn ? own : all).filter((flag) => flag.startsWith(prefix));
    if (prefix === option.long || (rivals.length === 1 && !all.includes(prefix))) found.push(prefix);
  }
  return found;
}

/** All spellings of one option with a value. */
function valued(command: CommandSpec, option: OptionSpec, value: string): string[][] {
  const long = prefixes(command, option);
  const words = [...long, ...(option.short === undefined ? [] : [option.short])];
  const spellings = [...words.map((word) => [`${word}=${value}`])];
  // A short name of one letter takes what is glued to it, unless that makes another flag.
  if (option.short?.length === 2 && value !== "" && !value.startsWith("=")) {
    const glued = option.short + value;
    const others = [...optionsOf(command), ...(command.old ?? [])].flatMap(flagsOf);
    if (!others.some((flag) => flag.startsWith(glued) || flag === glued.split("=")[0])) spellings.push([glued]);
  }
  const couldBeFlag = value.startsWith("-") && value !== "-" && !/^-\d+$|^-\d*\.\d+$/.test(value);
  return couldBeFlag ? spellings : [...spellings, ...words.map((word) => [word, value])];
}

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: "grapheme" }),
  fc.constantFrom("", "-", "-5", "-0.5", "a=b=c", "=", "--name", "-n", "a b", "-x y", "f", "b", "x", "é"),
);
const integer = fc.oneof(
  fc.integer().map((n) => [n, String(n)] as const),
  fc.nat().map((n) => [n, ` +${n} `] as const),
  fc.constant([1000, "1_000"] as const),
);

function giving(command: CommandSpec, option: OptionSpec): fc.Arbitrary<Giving> {
  const written = <T>(value: T, spellings: string[][]): fc.Arbitrary<Giving> =>
    fc.constantFrom(...spellings).map((words) => ({ option, value, words }));
  switch (option.type) {
    case "flag": {
      const short = option.short === undefined ? [] : [[option.short]];
      return written(true, [...prefixes(command, option).map((word) => [word]), ...short]);
    }
    case "integer":
      return integer.chain(([n, spelt]) => written(n, valued(command, option, spelt)));
    default:
      return text.chain((value) => written(value, valued(command, option, value)));
  }
}

/** What must be there, and at most one of each group. */
function line(command: CommandSpec): fc.Arbitrary<readonly Giving[]> {
  const bound = command.groups.flatMap(({ members }) => members);
  const free = optionsOf(command).filter((option) => option !== GLOBAL.help && !bound.includes(option));
  const optional = fc.array(
    fc.constantFrom(...free).chain((option) => giving(command, option)),
    { maxLength: 6 },
  );
  const required = command.required.map((option) => giving(command, option));
  const grouped = command.groups.map(({ members }) =>
    fc.constantFrom(...members).chain((option) => giving(command, option)),
  );
  return fc
    .tuple(optional, fc.tuple(...required, ...grouped))
    .chain(([some, must]) => fc.shuffledSubarray([...some, ...must], { minLength: some.length + must.length }))
    .filter((givings) => {
      const dests = givings.map(({ option }) => option.dest);
      return !(dests.includes("local") && dests.includes("endpoint_url"));
    });
}

function meaning(givings: readonly Giving[]): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (const { option, value } of givings) {
    const before = (options[option.dest] ?? []) as unknown[];
    options[option.dest] = option.type === "list" ? [...before, value] : value;
  }
  return options;
}

const anyCommand = fc.constantFrom(...COMMANDS.filter(({ choice }) => choice === undefined));

it("a line means what it was made of, in whatever spelling and order", () => {
  const any = anyCommand.chain((command) => fc.tuple(fc.constant(command), line(command)));
  fc.assert(
    fc.property(any, ([command, givings]) => {
      const { options, args, deprecated } = parse([command.name, ...givings.flatMap(({ words }) => words)]);
      expect({ options, args, deprecated }).toEqual({ options: meaning(givings), args: [], deprecated: [] });
    }),
    { numRuns: 3000 },
  );
});

it("flags of one letter may be written together, the last with its value", () => {
  const letters = fc.shuffledSubarray(["-j", "-v", "-a"], { minLength: 1 });
  const last = fc.constantFrom<[string, object]>(
    ["", {}],
    ["ox", { output_file: "x" }],
    ["o=x", { output_file: "=x" }],
  );
  fc.assert(
    fc.property(letters, last, ([...flags], [tail, more]) => {
      const word = `-${flags.map((flag) => flag.charAt(1)).join("")}${tail}`;
      const names: Record<string, string> = { "-j": "json", "-v": "verbose", "-a": "asynchronous" };
      const want = Object.fromEntries(flags.map((flag) => [names[flag], true]));
      expect(parse(["run", "-n", "f", word]).options).toEqual({ name: "f", ...want, ...more });
    }),
  );
});

it("what follows the first positional of run and shell is the container's, flags and all", () => {
  const command = fc.constantFrom(findCommand("run")!, findCommand("shell")!);
  const any = command.chain((spec) => fc.tuple(fc.constant(spec), line(spec)));
  const word = fc.oneof(text, fc.constantFrom("--", "-h", "--version", "--json", "-e", "--local"));
  fc.assert(
    fc.property(any, fc.boolean(), fc.array(word), ([spec, givings], dashes, rest) => {
      const words = givings.flatMap((one) => one.words);
      const program = dashes ? ["--", "-x"] : ["x"];
      const { options, args } = parse([spec.name, ...words, ...program, ...rest]);
      expect({ options, args }).toEqual({ options: meaning(givings), args: [program.at(-1), ...rest] });
    }),
    { numRuns: 1000 },
  );
});

it("ours may stand before the command; what stands after it wins", () => {
  const before = fc.constantFrom<[string[], object]>(
    [["--local"], { local: true }],
    [["--region=x"], { region: "x" }],
    [["--reg", "x"], { region: "x" }],
    [["-j"], { json: true }],
    [["--show-config"], { show_config: true }],
  );
  const any = anyCommand.chain((command) => fc.tuple(fc.constant(command), line(command)));
  fc.assert(
    fc.property(before, any, ([words, global], [command, givings]) => {
      const meant = { ...global, ...meaning(givings) };
      fc.pre(!("local" in meant && "endpoint_url" in meant));
      const argv = [...words, command.name, ...givings.flatMap((one) => one.words)];
      expect(parse(argv).options).toEqual(meant);
    }),
    { numRuns: 500 },
  );
});
