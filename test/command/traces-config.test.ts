/**
 * What the original merged from its scar.cfg, FDL and flags, against `--show-config` of the same: they are equal, or
 * test/fixtures/trace-differences.json says why not.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { runScar, temporaryFolder } from "../helpers/run.ts";
import {
  deployedConfigs,
  isBefore,
  type KeptConfig,
  keptConfig,
  leaves,
  type Path,
  shownPath,
  type Trace,
  type TraceStep,
  traces,
} from "../helpers/traces.ts";

/** Why something differs: `deviation N` of docs/deviations.md, or the number of a fault or surprise of the original. */
type Reason = string;

/** `path: theirs → ours`; `*` is any text. */
type Listed = Readonly<Record<string, Reason>>;

interface Differences {
  readonly everywhere: Listed;
  /** By trace and step, `b05-init-all-flags 0`. */
  readonly steps: Readonly<Record<string, Listed>>;
  /** Steps that end here with exit code 2, and what stderr must say. */
  readonly refused: Readonly<Record<string, { readonly says: string; readonly why: Reason }>>;
}

const read = (path: string): string => readFileSync(fileURLToPath(new URL(path, import.meta.url)), "utf8");
const EXPECTED = JSON.parse(read("../fixtures/trace-differences.json")) as Differences;
/** Stands for the working directory. */
const CWD = "<cwd>";

function folderOf({ files }: Trace, { config }: TraceStep): string {
  const cwd = temporaryFolder();
  for (const [name, text] of Object.entries({ ...files, "cfg/scar.cfg": config })) {
    mkdirSync(dirname(join(cwd, name)), { recursive: true });
    writeFileSync(join(cwd, name), text, { mode: 0o600 });
  }
  return cwd;
}

function show({ argv: [, command = "", ...rest] }: TraceStep, cwd: string) {
  return runScar([command, "--show-config", ...rest], { cwd, env: { SCAR_CONFIG_FOLDER: join(cwd, "cfg") } });
}

const text = (value: unknown): string => (value === undefined ? "nothing" : JSON.stringify(value));

function differences({ value, isCut }: KeptConfig, ours: unknown): string[] {
  const expected = leaves(value);
  // The last one may have lost its end.
  const limit: Path | undefined = isCut ? expected.pop()?.[0] : undefined;
  const known = new Set(expected.map(([path]) => shownPath(path)));
  const actual = new Map(leaves(ours).map(([path, item]) => [shownPath(path), { path, item }]));
  const found = expected.flatMap(([path, item]) => {
    const own = actual.get(shownPath(path))?.item;
    return text(own) === text(item) ? [] : [`${shownPath(path)}: ${text(item)} → ${text(own)}`];
  });
  const added = [...actual].flatMap(([shown, { path, item }]) => {
    if (known.has(shown) || (limit !== undefined && !isBefore(path, limit))) return [];
    return [`${shown}: nothing → ${text(item)}`];
  });
  return [...found, ...added];
}

function matches(listed: string, difference: string): boolean {
  const parts = listed.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s").test(difference);
}

const common = Object.keys(EXPECTED.everywhere);
const compared = traces().flatMap((trace) =>
  trace.steps.flatMap((step, i) =>
    typeof step.scar_tmp_yaml === "string" ? [{ trace, step, name: `${trace.name} ${i}`, argv: step.argv }] : [],
  ),
);

const deployed = compared
  .filter(({ name }) => EXPECTED.refused[name] === undefined)
  .flatMap((one) =>
    deployedConfigs(one.step).map((theirs) => ({ ...one, theirs, name: `${one.name} ${theirs.lambda["name"]}` })),
  );

const occurred = new Set<string>();

/** Compares with what is listed for the name, and for all. */
function expectListed(name: string, found: readonly string[]): void {
  const own = Object.keys(EXPECTED.steps[name] ?? {});
  const unlisted: string[] = [];
  const used = new Set<string>();
  for (const difference of found) {
    const reason = [...own, ...common].find((listed) => matches(listed, difference));
    if (reason === undefined) unlisted.push(difference);
    else used.add(reason);
  }
  expect(unlisted, "differences that are not listed").toEqual([]);
  const unused = own.filter((listed) => !used.has(listed));
  expect(unused, "listed, and not so").toEqual([]);
  for (const listed of used) occurred.add(listed);
}

describe("the configuration of", () => {
  it.each(compared)("$name: $argv", async ({ trace, step, name }) => {
    const cwd = folderOf(trace, step);
    const { code, stdout, stderr } = await show(step, cwd);
    const refused = EXPECTED.refused[name];
    if (refused !== undefined) {
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toContain(refused.says);
      return;
    }
    expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
    expectListed(name, differences(keptConfig(step.scar_tmp_yaml!), JSON.parse(stdout.replaceAll(cwd, CWD))));
  });

  it.each(deployed)("the function made: $name", async ({ trace, step, name, theirs }) => {
    const cwd = folderOf(trace, step);
    const ours = JSON.parse((await show(step, cwd)).stdout.replaceAll(cwd, CWD));
    const [{ lambda }] = ours.functions.aws.filter(
      (one: typeof theirs) => one.lambda["name"] === theirs.lambda["name"],
    );
    const document = (one: object, storage_providers: unknown) => ({
      functions: { aws: [{ lambda: one }] },
      storage_providers,
    });
    const value = document(theirs.lambda, theirs.storage_providers);
    expectListed(name, differences({ value, isCut: false }, document(lambda, ours.storage_providers)));
  });

  it("and all that is listed occurs", () => {
    expect(common.filter((listed) => !occurred.has(listed))).toEqual([]);
    const names = [...compared, ...deployed].map(({ name }) => name);
    const listed = [...Object.keys(EXPECTED.steps), ...Object.keys(EXPECTED.refused)];
    expect(listed.filter((name) => !names.includes(name))).toEqual([]);
  });

  it("and every deviation named is explained", () => {
    const explained = [...read("../../docs/deviations.md").matchAll(/^(\d+)\. /gm)].map(([, number]) => number);
    const { everywhere, steps, refused } = EXPECTED;
    const reasons = [everywhere, ...Object.values(steps)].flatMap((listed) => Object.values(listed));
    for (const why of [...reasons, ...Object.values(refused).map((one) => one.why)]) {
      const number = /^deviation (\d+)/.exec(why)?.[1];
      if (number !== undefined) expect(explained).toContain(number);
      else expect(why).toMatch(/^(fault|surprise) \d+|^the original stopped|^init's own work/);
    }
  });
});
