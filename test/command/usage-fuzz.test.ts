import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { dump } from "js-yaml";
import { describe, expect, it } from "vitest";
import { FDL, type Field } from "../../src/fdl/fields.ts";
import { runScar, temporaryFolder } from "../helpers/run.ts";

const example = readFileSync(new URL("../../fdl-example.yaml", import.meta.url), "utf8");

/** Values of the right kind, and of any other. */
function arbitraryOf(field: Field): fc.Arbitrary<unknown> {
  const wrong = fc.oneof(
    fc.jsonValue({ maxDepth: 1 }),
    fc.constantFrom("", "x", null, -1, 1e9, "../..", "s3", "minio.x"),
  );
  const right = (): fc.Arbitrary<unknown> => {
    switch (field.kind) {
      case "map":
        return fc.record(Object.fromEntries(Object.entries(field.fields).map(([k, f]) => [k, arbitraryOf(f)])), {
          requiredKeys: [],
        });
      case "list":
        return fc.array(arbitraryOf(field.of), { maxLength: 2 });
      case "integer":
        return fc.integer({ min: field.min, max: Math.min(field.max, 2 ** 31) });
      case "boolean":
        return fc.boolean();
      case "variables":
        return fc.dictionary(fc.string({ maxLength: 3 }), fc.oneof(fc.string(), fc.integer(), fc.boolean()));
      default:
        return fc.constantFrom("a-bucket/in", "latest", "lambda", "INFO", "x86_64", "s3");
    }
  };
  return fc.oneof({ weight: 9, arbitrary: right() }, { weight: 1, arbitrary: wrong });
}

const text = fc.oneof(
  arbitraryOf(FDL).map((value) => dump(value, { skipInvalid: true })),
  fc
    .tuple(fc.nat(example.length), fc.string({ maxLength: 4 }))
    .map(([at, insert]) => example.slice(0, at) + insert + example.slice(at + 2)),
);

async function expectMannerly(argv: readonly string[], cwd: string): Promise<void> {
  const { code, stdout, stderr } = await runScar(argv, { cwd, env: { SCAR_CONFIG_FOLDER: cwd } });
  expect([1, 2], stderr).toContain(code);
  expect(stdout).toBe("");
  expect(stderr).not.toMatch(/internal error|\n {4}at /);
  expect(stderr).toMatch(/^scar: /m);
}

describe("whatever a file holds, one gets exit code 1 or 2 and no stack", () => {
  it("FDL", async () => {
    const cwd = temporaryFolder();
    await fc.assert(
      fc.asyncProperty(text, async (yaml) => {
        writeFileSync(join(cwd, "f.yaml"), yaml);
        // No image file is there: no line can succeed, or reach AWS.
        await expectMannerly(["init", "-f", "f.yaml"], cwd);
      }),
      { numRuns: 300, examples: [["functions:\n  oscar: null\n"]] },
    );
  });

  it("scar.cfg", async () => {
    const cwd = temporaryFolder();
    const cfg = fc.oneof(
      fc
        .record(
          { scar: fc.jsonValue(), aws: arbitraryOf({ kind: "map", fields: FDL.fields }), oscar: fc.jsonValue() },
          { requiredKeys: [] },
        )
        .map((v) => JSON.stringify(v)),
      fc.json(),
      fc.string(),
    );
    await fc.assert(
      fc.asyncProperty(cfg, async (json) => {
        writeFileSync(join(cwd, "scar.cfg"), json);
        await expectMannerly(["init", "-n", "f", "-if", "missing.tar"], cwd);
      }),
      { numRuns: 300 },
    );
  });
});
