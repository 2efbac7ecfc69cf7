/**
 * The stories of test/fixtures/moto: what the original left in an AWS account after each command, recorded on moto. `compare.py` runs
 * another scar through them; what it finds is judged here.
 */
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MOTO, ROOT } from "./system-needs.ts";
import { describeRun, run } from "./system-process.ts";

const FOLDER = `${ROOT}test/fixtures/moto`;

/** The stories' names, in order. */
export const STORIES: readonly string[] = readdirSync(join(FOLDER, "scenarios")).sort();

/** A difference of ours: an entry as deviations.json has them, with its number in docs/deviations.md. */
export interface OwnDeviation {
  readonly path: string;
  readonly deviation: number;
  readonly reason: string;
}

export const OWN_DEVIATIONS = read<{ deviations: readonly OwnDeviation[] }>("own-deviations.json").deviations;

/** Steps (1 is a story's first command) that need what is not served yet. */
export interface Later {
  readonly story: string;
  readonly steps: readonly number[];
  readonly needs: string;
}

export const LATER = read<{ later: readonly Later[] }>("later.json").later;

/** One command of a story; the first entry of a story is the account before its first command. */
export interface StepFound {
  readonly argv: readonly string[];
  readonly exit: number | string;
  readonly stderr: string;
  readonly unexpected: readonly { readonly path: string; readonly original: string; readonly now: string }[];
  /** `FILE#INDEX` of the listed differences that occurred. */
  readonly expected: readonly string[];
}

function read<T>(name: string): T {
  return JSON.parse(readFileSync(join(FOLDER, name), "utf8")) as T;
}

/** Runs the built command through a story, on a moto of its own. */
export async function runStory(story: string): Promise<readonly StepFound[]> {
  const results = join(tmpdir(), `scar-story-${process.pid}-${story}.json`);
  const scar = `${process.execPath} ${ROOT}dist/main.js`;
  const args = [join(FOLDER, "compare.py"), "--scar", scar, "--only", story, "--results", results, "--timeout", "120"];
  try {
    const env = { PATH: process.env["PATH"], LANG: "C.UTF-8", PYTHONDONTWRITEBYTECODE: "1" };
    const finished = await run(`${MOTO}/bin/python`, args, { env, timeout: 540 });
    // 1: there are differences, of which the results tell.
    if (finished.status > 1) throw new Error(describeRun("compare.py", args, finished));
    const found = JSON.parse(readFileSync(results, "utf8")) as Record<string, readonly StepFound[]>;
    const steps = found[story];
    if (steps === undefined) throw new Error(describeRun("compare.py", args, finished));
    return steps;
  } finally {
    rmSync(results, { force: true });
  }
}

/** What is wrong with a story: a difference that nobody expects, or none where one is. */
export function problemsOf(story: string, steps: readonly StepFound[], later: readonly Later[] = LATER): string[] {
  const listed = new Map(
    later.filter((entry) => entry.story === story).flatMap((entry) => entry.steps.map((step) => [step, entry.needs])),
  );
  const problems = steps.flatMap((step, number) => {
    const needs = listed.get(number);
    listed.delete(number);
    if (needs === undefined) return step.unexpected.length === 0 ? [] : [shown(number, step)];
    return step.unexpected.length > 0
      ? []
      : [`step ${number} is as the original's now: take it out of later.json (${needs})`];
  });
  return [...problems, ...[...listed.keys()].map((number) => `later.json lists step ${number}, which is not there`)];
}

function shown(number: number, { argv, unexpected, stderr }: StepFound): string {
  const differences = unexpected.map(
    ({ path, original, now }) => `  ${path}\n    original: ${original}\n    now:      ${now}`,
  );
  const said = stderr.trim().split("\n").slice(-3).join(" | ");
  return [`step ${number}: scar ${argv.join(" ")}`, ...differences, `  stderr: ${said}`].join("\n");
}
