import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { COMMANDS, optionsOf } from "../../src/cli/command-table.ts";
import { parse } from "../../src/cli/dispatch.ts";
import { type RunResult, runScar, temporaryFolder } from "../helpers/run.ts";

const flags = [
  ...new Set(COMMANDS.flatMap((command) => optionsOf(command).flatMap(({ short, long }) => [short ?? long, long]))),
];
const value = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.constantFrom(
    "",
    "-",
    "--",
    "-5",
    "K=V",
    "x",
    "{}",
    "f.yaml",
    "__proto__",
    "constructor",
    "\0",
    "\n",
    "a".repeat(5000),
  ),
);
const word = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...flags, "-es", "--event-source", "-h", "--version") },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom(...flags), value).map(([flag, text]) => `${flag}=${text}`) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...flags), value).map(([flag, text]) => flag + text) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...flags), fc.nat(9)).map(([flag, n]) => flag.slice(0, 2 + n)) },
  { weight: 4, arbitrary: value },
);
const names = COMMANDS.map(({ name }) => name).filter((name) => name !== "local");
const line = fc
  .tuple(
    fc.array(word, { maxLength: 2 }),
    fc.constantFrom(...names, ...names, "local", "help", "nope", ""),
    fc.array(word),
  )
  .map(([before, name, after]) => [...before, name, ...after]);

function isMannerly({ code, stdout, stderr }: RunResult, codes: readonly number[]): void {
  expect(codes, stderr).toContain(code);
  expect(stderr).not.toMatch(/internal error|\n {4}at |Traceback/);
  if (code !== 0) expect(stdout).toBe("");
}

/** `local` alone needs no configuration, and would start a server. */
const startsServer = (argv: readonly string[]): boolean => {
  try {
    return parse(argv).command?.name === "local";
  } catch {
    return false;
  }
};

it("whatever the words are: exit code 0, 1 or 2, no stack, and a wrong scar.cfg stops all that is no help", async () => {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, "scar.cfg"), "{");
  await fc.assert(
    fc.asyncProperty(line, async (argv) => {
      fc.pre(!startsServer(argv));
      isMannerly(await runScar(argv, { cwd, env: { SCAR_CONFIG_FOLDER: cwd } }), [0, 1, 2]);
    }),
    { numRuns: 1500 },
  );
  expect(readdirSync(cwd)).toEqual(["scar.cfg"]);
});

it("help, version and wrong usage write nothing, anywhere", async () => {
  const cwd = temporaryFolder();
  const home = temporaryFolder();
  await fc.assert(
    fc.asyncProperty(line, async (argv) => {
      let usage = false;
      try {
        const { command, show } = parse(argv);
        usage = show !== undefined || command === undefined;
      } catch {
        usage = true;
      }
      fc.pre(usage);
      isMannerly(await runScar(argv, { cwd, env: { HOME: home } }), [0, 2]);
    }),
    { numRuns: 1000 },
  );
  expect([readdirSync(cwd), readdirSync(home)]).toEqual([[], []]);
});
