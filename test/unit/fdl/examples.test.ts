import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { checkDeployable, checkFunctions } from "../../../src/config/check.ts";
import { resolveFunction } from "../../../src/config/resolve.ts";
import { withAbsoluteFiles } from "../../../src/config/sources.ts";
import { FDL } from "../../../src/fdl/fields.ts";
import { parseFdl } from "../../../src/fdl/parse.ts";
import { unservedFunctionFields, unservedTopFields } from "../../../src/fdl/served.ts";
import type { Tree } from "../../../src/fdl/tree.ts";
import { validate } from "../../../src/fdl/validate.ts";
import { parseImageReference } from "../../../src/registry/reference.ts";

const folder = fileURLToPath(new URL("../../../examples/", import.meta.url));
const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".yaml"));

it("there are examples", () => {
  expect(files.length).toBeGreaterThan(1);
});

it.each(files)("examples/%s is valid, served, and its scripts are there", (name) => {
  const path = join(folder, name);
  const { value } = parseFdl(readFileSync(path, "utf8"), name);
  expect(validate(value, FDL, "", () => ({}))).toEqual({ problems: [], unknown: [] });
  expect(unservedTopFields(value)).toEqual([]);
  const sections = (value["functions"] as { aws: Tree[] }).aws;
  for (const section of sections) expect(unservedFunctionFields(section, "deployment")).toEqual([]);
  const resolved = sections.map((section) => resolveFunction([withAbsoluteFiles(section, dirname(path))], {}, "r"));
  const specs = resolved.map(({ spec }) => spec);
  const place = (_i: number, at: string) => ({ path: at });
  expect([...checkFunctions(specs, place), ...checkDeployable(specs, place)]).toEqual([]);
  for (const { lambda, files: named } of specs) {
    if (named.init_script !== undefined) expect(existsSync(named.init_script)).toBe(true);
    if (lambda.container.image !== undefined) parseImageReference(lambda.container.image);
  }
  expect(existsSync(join(dirname(path), "README.md"))).toBe(true);
});
