/**
 * Each step of the original's recorded runs, as a whole command on the local AWS, in the account and the folder that the step had. What is
 * told, made and written is what the original told, made and wrote, or test/fixtures/trace-steps.json says what differs and why.
 */
import { appendFileSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accountsOf } from "../helpers/trace/account.ts";
import { differencesOf, recorded } from "../helpers/trace/outcome.ts";
import { TraceAws, type TraceRun } from "../helpers/trace/run.ts";
import {
  argvOf,
  type Entry,
  idleEverywhere,
  isLater,
  NEEDS,
  reasonsOf,
  STEPS,
  unexplained,
} from "../helpers/trace/table.ts";
import { traces } from "../helpers/traces.ts";

/** A file to which all the differences are written, for who changes the table. */
const NOTED = process.env["SCAR_TRACE_DIFFERENCES"];

const all = traces().flatMap((trace) => {
  const accounts = accountsOf(trace);
  return trace.steps.map((step, number) => {
    const name = `${trace.name} ${number}`;
    return { trace, step, number, name, accounts: accounts[number]!, argv: step.argv.join(" ") };
  });
});

const occurred = new Set<string>();
let compared = 0;
let aws: TraceAws;
beforeAll(async () => {
  aws = await TraceAws.start();
});
afterAll(async () => {
  await aws.stop();
});

/** Before anything is written. */
function expectNotServed({ exit, stdout, stderr, writes }: TraceRun): void {
  expect({ exit, stdout, writes }).toEqual({ exit: 1, stdout: "", writes: [] });
  expect(stderr).toContain("not supported yet");
}

describe("as the original did, or the table says why not:", () => {
  it.each(all)("$name: $argv", async ({ trace, step, number, name, accounts }) => {
    const entry: Entry | undefined = STEPS[name];
    expect(entry, "the table has no such step").toBeDefined();
    compared++;
    const ours = await aws.run(trace, number, accounts.before, argvOf(step, entry!));
    expect(ours.before.apis, "the local AWS has not the APIs of the recording").toEqual(accounts.before.apis);
    if (isLater(entry!)) return expectNotServed(ours);
    const differences = differencesOf(recorded(step, accounts), ours);
    if (NOTED !== undefined) appendFileSync(NOTED, `${JSON.stringify({ name, argv: step.argv, differences })}\n`);
    const { unlisted, idle, used } = unexplained(entry!, differences);
    expect(unlisted, `differences that are not listed; stderr: ${ours.stderr}`).toEqual([]);
    expect(idle, "listed, and not so").toEqual([]);
    for (const pattern of used) occurred.add(pattern);
  });
});

/** Names, sizes, numbers and descriptions of what the stand-in held, where the recording kept it. */
// biome-ignore lint/suspicious/noExplicitAny: as it was recorded
function outlineOf({ functions, layers, buckets, log_groups, apis }: any): unknown {
  const sorted = (named: object) => Object.entries(named).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    functions: sorted(functions).map(([name, { policy }]) => [name, policy.length]),
    layers: sorted(layers).map(([name, versions]) => [
      name,
      versions.map((one: { Description: string }) => one.Description),
    ]),
    buckets: sorted(buckets).map(([name, { objects, notification }]) => [
      name,
      sorted(objects).map(([key, { len }]) => [key, len]),
      notification?.LambdaFunctionConfigurations?.length ?? 0,
    ]),
    logGroups: Object.keys(log_groups).sort(),
    apis: Object.keys(apis),
  };
}

describe("the account after a step is what the recording kept of it:", () => {
  const kept = all.filter(({ step }) => step.fake_state_after !== undefined);
  it.each(kept)("$name", ({ step, accounts: { after } }) => {
    const as = {
      functions: Object.fromEntries(
        Object.entries(after.functions).map(([name, { permissions }]) => [name, { policy: permissions }]),
      ),
      layers: Object.fromEntries(
        Object.entries(after.layers).map(([name, all]) => [name, all.map((Description) => ({ Description }))]),
      ),
      buckets: Object.fromEntries(
        Object.entries(after.buckets).map(([name, { objects, notifications }]) => [
          name,
          {
            objects: Object.fromEntries(Object.entries(objects).map(([key, len]) => [key, { len }])),
            notification: { LambdaFunctionConfigurations: notifications },
          },
        ]),
      ),
      log_groups: after.logGroups,
      apis: after.apis,
    };
    expect(outlineOf(as)).toEqual(outlineOf(step.fake_state_after));
  });
});

describe("the table", () => {
  it("lists the steps that there are, and no other", () => {
    const names = all.map(({ name }) => name);
    expect(Object.keys(STEPS).filter((name) => !names.includes(name))).toEqual([]);
  });

  it("lists for all steps what occurs in some", ({ skip }) => {
    if (compared < all.length) skip("not all steps were run");
    expect(idleEverywhere(occurred)).toEqual([]);
  });

  it("gives reasons that are written down", () => {
    const page = readFileSync(fileURLToPath(new URL("../../docs/deviations.md", import.meta.url)), "utf8");
    const explained = new Set([...page.matchAll(/^(\d+)\. /gm)].map(([, number]) => Number(number)));
    for (const reason of reasonsOf()) {
      const [, number, need] = /^(?:deviation (\d+)|later: (.+))$/.exec(reason) ?? [];
      if (number !== undefined) expect(explained).toContain(Number(number));
      else if (need !== undefined) expect(NEEDS).toContain(need);
      else expect(reason).toMatch(/^(fault|surprise) \d+[a-z]?$|^stand-in: |^recording: /);
    }
  });
});
