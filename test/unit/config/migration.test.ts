import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isIni, readIni } from "../../../src/config/migration/ini.ts";
import { migrateIni, migrateJson } from "../../../src/config/migration/migrate.ts";
import type { Tree } from "../../../src/fdl/tree.ts";
import { type Change, changed, leavesOf, valueAtKeys } from "./scar-cfg-changes.ts";

/** The default files of every version before 1.1.0, by package (2.2.0, …), by version of the file, or by the month in which they had none. */
const folder = new URL("../../fixtures/scar-cfg/", import.meta.url);
const fixtures = readdirSync(folder)
  .filter((name) => name.endsWith(".json") && !name.startsWith("4.1") && !name.startsWith("4.3"))
  .map((name) => ({ name, value: JSON.parse(readFileSync(new URL(name, folder), "utf8")) as Tree }));

const versionOf = (value: Tree): string | undefined =>
  (value["scar"] as { config_version?: string } | undefined)?.config_version;

describe("the default file of an older version", () => {
  it("there are all of them", () => {
    expect(fixtures.length).toBe(15);
  });

  it.each(fixtures)("$name has nothing of the user's", ({ value }) => {
    expect(migrateJson(value, versionOf(value))).toEqual({ user: {}, kept: [], dropped: [] });
  });

  it.each(fixtures)("$name: what is changed in it is found again, and nothing else", ({ value }) => {
    const leaves = leavesOf(value).filter(({ keys }) => keys.join(".") !== "scar.config_version");
    fc.assert(
      fc.property(fc.subarray(leaves), fc.infiniteStream(fc.integer({ min: 1, max: 9999 })), (chosen, seeds) => {
        const changes = chosen.map((leaf) => different(leaf, seeds.next().value));
        const { user, kept, dropped } = migrateJson(changed(value, changes), versionOf(value));
        const found = [...kept.map(({ from }) => from), ...dropped.map(({ path }) => path)];
        expect(found.sort()).toEqual(changes.map(({ keys }) => keys.join(".")).sort());
        for (const { from, to } of kept) {
          const { value: set } = changes.find(({ keys }) => keys.join(".") === from)!;
          for (const path of to) expect(valueAtPath(user, path)).toEqual(set);
        }
        // Nothing beside what is kept: as many values as were kept.
        expect(leavesOf(user).length).toBe(kept.flatMap(({ to }) => to).length);
      }),
      { numRuns: 60 },
    );
  });
});

/** A value of the same kind that no version has as its default; an empty map gets a key. */
function different({ keys, value: old }: Change, seed: number): Change {
  if (typeof old === "boolean") return { keys, value: !old };
  if (typeof old === "number") return { keys, value: old + seed };
  if (Array.isArray(old)) return { keys, value: [`own-${seed}`] };
  if (typeof old === "object") return { keys: [...keys, `OWN_${seed}`], value: "x" };
  return { keys, value: `own-${seed}` };
}

/** A target's key may have dots of its own: try every way to cut the path. */
function valueAtPath(tree: Tree, path: string): unknown {
  const leaf = leavesOf(tree).find(({ keys }) => keys.join(".") === path || path.startsWith(`${keys.join(".")}.`));
  return leaf?.keys.join(".") === path ? leaf.value : valueAtKeys(tree, path.split("."));
}

describe("where an old key stands today", () => {
  it.each<[Tree, Tree]>([
    [{ aws: { lambda: { time: 200 } } }, { lambda: { timeout: 200 } }],
    [{ aws: { lambda: { timeout_threshold: 5 } } }, { lambda: { container: { timeout_threshold: 5 } } }],
    [{ aws: { region: "eu-west-1" } }, { lambda: { region: "eu-west-1" } }],
    [{ aws: { boto_profile: "work" } }, { iam: { boto_profile: "work" }, lambda: { boto_profile: "work" } }],
    [{ aws: { execution_mode: "batch" } }, { lambda: { execution_mode: "batch" } }],
    [{ aws: { lambda: { time: 300, max_payload_size: 7 } } }, { lambda: { deployment: { max_payload_size: 7 } } }],
    [
      { aws: { region: "us-east-1", batch: { comp_type: "SPOT", max_v_cpus: 8, subnets: ["subnet-1"] } } },
      { batch: { compute_resources: { type: "SPOT", max_v_cpus: 8, subnets: ["subnet-1"] } } },
    ],
  ])("%j", (old, aws) => {
    expect(migrateJson(old, undefined).user).toEqual({ aws });
  });

  it.each<[string, Tree, Tree]>([
    [
      "1.0.0",
      { compute_resources: { type: "UNMANAGED", comp_type: "SPOT", state: "DISABLED" } },
      { type: "UNMANAGED", state: "DISABLED", compute_resources: { type: "SPOT" } },
    ],
    ["1.0.6", { compute_resources: { type: "MANAGED", comp_type: "SPOT" } }, { compute_resources: { type: "SPOT" } }],
    ["1.0.9", { compute_resources: { type: "SPOT" } }, { compute_resources: { type: "SPOT" } }],
  ])("the computing environment of %s", (version, batch, now) => {
    expect(migrateJson({ aws: { batch } }, version).user).toEqual({ aws: { batch: now } });
  });

  it("a file without a version, written with the manual of SCAR 4, keeps its keys", () => {
    const aws = { iam: { role: "x" }, lambda: { timeout: 20 }, batch: { compute_resources: { type: "SPOT" } } };
    expect(migrateJson({ scar: {}, aws }, undefined)).toMatchObject({ user: { aws }, dropped: [] });
  });

  it("today's key counts where both are set", () => {
    const { user, dropped } = migrateJson({ aws: { lambda: { time: 20, timeout: 30 } } }, undefined);
    expect(user).toEqual({ aws: { lambda: { timeout: 30 } } });
    expect(dropped).toEqual([{ path: "aws.lambda.time", why: "aws.lambda.timeout is set too" }]);
  });

  it("a key that no version has stays, for the loader to warn of", () => {
    const user = { aws: { lambda: { memroy: 20 } }, "a.b": { c: 1 } };
    expect(migrateJson({ ...user, scar: { config_version: "1.0.9" } }, "1.0.9").user).toEqual(user);
  });

  it.each<[Tree, string]>([
    [{ lambda: { supervisor: { version: "1.5.8" } } }, "aws.lambda.supervisor.version"],
    [{ lambda: { runtime: "python3.8" } }, "aws.lambda.runtime"],
    [{ s3: { event: { Records: [] } } }, "aws.s3.event.Records"],
    [{ api_gateway: { endpoint: "https://x" } }, "aws.api_gateway.endpoint"],
  ])("%j is dropped, with a reason", (aws, path) => {
    expect(migrateJson({ aws }, "1.0.9")).toEqual({ user: {}, kept: [], dropped: [{ path, why: expect.any(String) }] });
  });

  it("null, an empty map and wrong types do no harm", () => {
    expect(
      migrateJson({ aws: { lambda: null, iam: {}, batch: 5, __proto__: { x: 1 } } } as Tree, "1.0.9"),
    ).toMatchObject({ dropped: [] });
    expect(migrateJson({ aws: [1] }, undefined).user).toEqual({ aws: [1] });
  });
});

describe("the INI file of the first releases", () => {
  // The file of the first manual, seed 003.
  const text = `# mine
[scar]
lambda_description = SCAR Lambda function
lambda_memory = 256
lambda_time = 200
lambda_region = us-east-1
lambda_role = arn:aws:iam::974349055189:role/lambda-s3-execution-role
lambda_timeout_threshold = 10
`;

  it("keeps what differs from its defaults", () => {
    expect(isIni(text)).toBe(true);
    const { user, dropped } = migrateIni(readIni(text, "scar.cfg").value);
    expect(user).toEqual({
      aws: {
        lambda: { description: "SCAR Lambda function", memory: 256, timeout: 200 },
        iam: { role: "arn:aws:iam::974349055189:role/lambda-s3-execution-role" },
      },
    });
    expect(dropped).toEqual([]);
  });

  it("is read as Python reads it", () => {
    const ini =
      "\uFEFF; c\r\n\r\n[ SCAR ]\r\nLambda_Memory: 512\r\nlambda_description = 100%% = all\r\n[other]\r\nx = 1\r\n";
    expect(isIni(ini)).toBe(true);
    const { value, locate } = readIni(ini, "f");
    expect(value).toEqual({ lambda_memory: 512, lambda_description: "100% = all" });
    expect(locate("lambda_memory")).toBe("f:4:16");
  });

  it("has no other keys", () => {
    expect(migrateIni({ lambda_colour: "red" }).dropped).toEqual([
      { path: "lambda_colour", why: "its name is unknown" },
    ]);
  });

  it.each([["{}"], ["[]"], ['["scar"]'], ["[true]"], ["[scar"], ["[other]\nx = 1"], [""]])("is not %j", (json) => {
    expect(isIni(json)).toBe(false);
  });

  it("says where a line is neither", () => {
    expect(() => readIni("[scar]\nlambda_memory\n", "f")).toThrow(
      expect.objectContaining({ code: "InvalidConfig", exitCode: 2, message: expect.stringMatching(/^f:2:1: /) }),
    );
  });
});
