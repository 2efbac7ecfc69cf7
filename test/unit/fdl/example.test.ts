import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { checkDeployable, checkFunctions } from "../../../src/config/check.ts";
import { resolveFunction } from "../../../src/config/resolve.ts";
import { FDL, type Field, FUNCTION } from "../../../src/fdl/fields.ts";
import { parseFdl } from "../../../src/fdl/parse.ts";
import { unservedFunctionFields, unservedTopFields } from "../../../src/fdl/served.ts";
import { isTree, type Tree } from "../../../src/fdl/tree.ts";
import { validate } from "../../../src/fdl/validate.ts";

const text = readFileSync(new URL("../../../fdl-example.yaml", import.meta.url), "utf8");
const { value } = parseFdl(text, "fdl-example.yaml");
const [section] = (value["functions"] as { aws: Tree[] }).aws as [Tree];

it("fdl-example.yaml is valid, known and served", () => {
  expect(validate(value, FDL, "", () => ({}))).toEqual({ problems: [], unknown: [] });
  expect([...unservedTopFields(value), ...unservedFunctionFields(section, "deployment")]).toEqual([]);
  const { spec, notices } = resolveFunction([section], {}, "us-east-1");
  const place = (_i: number, path: string) => ({ path });
  expect([...checkFunctions([spec], place), ...checkDeployable([spec], place), ...notices]).toEqual([]);
  expect(spec.lambda.container.environment.Variables).toEqual({ QUALITY: "85" });
});

it("fdl-example.yaml names every field", () => {
  // Of the original's merged configuration, not for files of users.
  const internal =
    /^lambda\.(invocation_type|log_type|run_script|supervisor\.license_info|deployment\.max_)|^cloudwatch\.(log_stream_name|request_id)|^s3$|\.(boto_profile|region)$/;
  const missing = fieldPaths(FUNCTION, "").filter((path) => !internal.test(path) && !has(section, path));
  const mentioned = missing.filter((path) => text.includes(path.split(".").at(-1)!));
  expect(missing).toEqual(mentioned);
});

function fieldPaths(field: Field, path: string): string[] {
  if (field.kind !== "map") return [path];
  return Object.entries(field.fields).flatMap(([key, inner]) =>
    fieldPaths(inner, path === "" ? key : `${path}.${key}`),
  );
}

function has(tree: unknown, path: string): boolean {
  return path.split(".").reduce<unknown>((at, key) => (isTree(at) ? at[key] : undefined), tree) !== undefined;
}
