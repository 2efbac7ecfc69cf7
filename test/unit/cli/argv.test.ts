import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normalise } from "../../../src/cli/argv.ts";
import { COMMANDS, findCommand, optionsOf } from "../../../src/cli/command-table.ts";
import { parse } from "../../../src/cli/dispatch.ts";
import type { OptionSpec } from "../../../src/cli/option.ts";
import { UsageError } from "../../../src/cli/usage.ts";

interface Case {
  readonly argv: readonly string[];
  readonly want:
    | { readonly error: string }
    | { readonly help: true }
    | { readonly command: string; readonly options: Record<string, unknown>; readonly args: readonly string[] };
}

const cases = JSON.parse(
  readFileSync(new URL("../../fixtures/argparse/cases.json", import.meta.url), "utf8"),
) as readonly Case[];

/** What our parser makes of a line, in the fixture's shape. */
function outcome(argv: readonly string[]): object {
  try {
    const { show, command, options, args, deprecated } = parse(argv);
    // Forms of the first releases are understood only where the last one had an error.
    if (deprecated.some((form) => !form.includes("is read as"))) return { error: 2 };
    return show === "help" ? { help: true } : { command: command?.name, options, args };
  } catch (error) {
    if (error instanceof UsageError) return { error: error.exitCode };
    throw error;
  }
}

it("means what argparse's means, line by line", () => {
  const wrong = cases.flatMap(({ argv, want }) => {
    const got = outcome(argv);
    const wanted = "error" in want ? { error: 2 } : want;
    return isDeepStrictEqual(got, wanted) ? [] : [{ line: argv.join(" "), got, wanted }];
  });
  expect(wrong).toEqual([]);
  expect(cases.length).toBeGreaterThan(1000);
});

/** `-j` is everyone's, and a word that is no command is wrong usage (SCAR wrote its first scar.cfg instead, and ended with 1). */
const ON_PURPOSE = ["invoke -n apifn -j", "log -n fn1 -j", "nonsense"];

it("understands and refuses what SCAR did in its recorded runs", () => {
  const lines = JSON.parse(
    readFileSync(new URL("../../fixtures/argparse/trace-lines.json", import.meta.url), "utf8"),
  ) as readonly { readonly argv: readonly string[]; readonly exit: number }[];
  const different = lines.filter(({ argv, exit }) => "error" in outcome(argv) !== (exit === 2));
  expect(different.map(({ argv }) => argv.join(" ")).sort()).toEqual(ON_PURPOSE);
});

describe("words of an error", () => {
  const messages: readonly (readonly [string, string])[] = [
    ["init -if a -i b", "argument -i/--image: not allowed with argument -if/--image-file"],
    ["init -n x", "one of the arguments -i/--image -if/--image-file -f/--conf-file is required"],
    ["put -p x", "the following arguments are required: -b/--bucket"],
    ["init -i x -p y", "ambiguous option: -p could match -pf, -ph"],
    ["init -i x --in y", "ambiguous option: --in could match --input-bucket, --init-script"],
    ["init -i x -m many", "argument -m/--memory: invalid int value: 'many'"],
    ["init -i x -d", "argument -d/--description: expected one argument"],
    ["init -i x -d -text", "argument -d/--description: expected one argument"],
    ["ls --json=1", "argument -j/--json: ignored explicit argument '1'"],
    ["ls -jx", "argument -j/--json: ignored explicit argument 'x'"],
    ["ls --local --endpoint-url http://x", "argument --endpoint-url: not allowed with argument --local"],
    ["ls extra", "unrecognized arguments: extra"],
    ["run echo -n f", "one of the arguments -n/--name -f/--conf-file is required"],
  ];
  it.each(messages)("scar %s", (line, message) => {
    expect(() => parse(line.split(" "))).toThrow(expect.objectContaining({ name: "UsageError", message }));
  });

  it("says how a value that begins with a dash is given", () => {
    expect(() => parse(["init", "-i", "x", "-d", "-text"])).toThrow(
      expect.objectContaining({ hint: expect.stringContaining("--description=-text") }),
    );
  });

  it.each([
    [["inti"], "did you mean 'scar init'?"],
    [["ls", "--jsn"], "did you mean '--json'?"],
  ])("suggests: scar %j", (argv, hint) => {
    expect(() => parse(argv)).toThrow(expect.objectContaining({ hint }));
  });
});

describe("options of ours", () => {
  it("stand before or after the command", () => {
    const after = parse(["ls", "--local", "--region", "eu-west-1", "-j"]);
    expect(parse(["--local", "-j", "--region=eu-west-1", "ls"]).options).toEqual(after.options);
    expect(after.options).toEqual({ local: true, region: "eu-west-1", json: true });
  });

  it("never make an old prefix ambiguous", () => {
    expect(parse(["log", "-n", "f", "--lo", "s"]).options["log_stream_name"]).toBe("s");
    expect(parse(["rm", "-n", "f", "--re", "x"]).options["region"]).toBe("x");
  });

  it("are known to every command", () => {
    for (const command of COMMANDS) {
      const dests = optionsOf(command).map((option) => option.dest);
      expect(dests, command.name).toEqual(expect.arrayContaining(["help", "json", "local", "region", "endpoint_url"]));
    }
  });
});

describe("run's command", () => {
  it.each([
    [
      ["-n", "f", "ls", "-la"],
      ["ls", "-la"],
    ],
    [
      ["-n", "f", "--", "-x", "--"],
      ["-x", "--"],
    ],
    [
      ["-n", "f", "echo", "-n", "g", "-h", "--version"],
      ["echo", "-n", "g", "-h", "--version"],
    ],
    [
      ["-n", "f", "a b", ""],
      ["a b", ""],
    ],
    [["-n", "f", "-"], ["-"]],
    [
      ["-n", "f", "-1", "x"],
      ["-1", "x"],
    ],
  ])("%j", (argv, args) => {
    const line = parse(["run", ...argv]);
    expect(line.args).toEqual(args);
    expect(line.options).toEqual({ name: "f" });
  });

  it("is verbatim whatever it holds", () => {
    fc.assert(
      fc.property(fc.constantFrom("ls", "sh", "-", "a b"), fc.array(fc.string()), (program, rest) => {
        expect(parse(["run", "-n", "f", program, ...rest]).args).toEqual([program, ...rest]);
      }),
    );
  });
});

/** Ways in which one value can be given to one option. */
function spellings(option: OptionSpec, value: string): string[][] {
  const glued = [`${option.long}=${value}`, ...(option.short === undefined ? [] : [`${option.short}=${value}`])];
  const apart = value.startsWith("-")
    ? []
    : [option.long, option.short].flatMap((flag) => (flag ? [[flag, value]] : []));
  return [...glued.map((word) => [word]), ...apart];
}

const valued = optionsOf(findCommand("init")!).filter(
  (option) => option.type === "string" && !["image", "image_file", "conf_file"].includes(option.dest),
);

describe("properties", () => {
  it("every spelling of an option means the same; the last one wins", () => {
    const spelling = fc.tuple(fc.constantFrom(...valued), fc.string({ minLength: 1 }), fc.nat());
    fc.assert(
      fc.property(fc.array(spelling, { maxLength: 8 }), (given) => {
        const words = given.flatMap(([option, value, n]) => {
          const all = spellings(option, value);
          return all[n % all.length]!;
        });
        const want = Object.fromEntries(given.map(([option, value]) => [option.dest, value]));
        expect(parse(["init", "-f", "x.yaml", ...words]).options).toEqual({ conf_file: "x.yaml", ...want });
      }),
    );
  });

  it("any line is understood or refused with exit code 2", () => {
    const flags = COMMANDS.flatMap((command) => optionsOf(command).flatMap(({ short, long }) => [short ?? long, long]));
    const word = fc.oneof(
      fc.constantFrom(...flags),
      fc.constantFrom(...flags).map((flag) => `${flag}=x`),
      fc.string(),
      fc.constantFrom("--", "-", "-5", "", "__proto__", "--__proto__=1", "constructor"),
    );
    const line = fc.tuple(fc.constantFrom(...COMMANDS.map((c) => c.name), "nope"), fc.array(word, { maxLength: 8 }));
    fc.assert(
      fc.property(line, ([name, words]) => {
        expect(outcome([name, ...words])).toBeDefined();
      }),
      { numRuns: 2000 },
    );
  });

  it("normalised lines mean the same when they are normalised again", () => {
    fc.assert(
      fc.property(fc.constantFrom(...cases), ({ argv, want }) => {
        fc.pre(!("error" in want || "help" in want));
        const { command, tokens, args } = normalise(argv);
        const again = command?.remainder ? ["--", ...args] : args;
        expect(parse([command!.name, ...tokens, ...again])).toEqual(parse(argv));
      }),
    );
  });
});
