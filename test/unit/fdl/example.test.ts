import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { checkDeployable, checkDocument, checkFunctions } from "../../../src/config/check.ts";
import { resolveFunction } from "../../../src/config/resolve.ts";
import { NO_ORIGINS } from "../../../src/fdl/environment.ts";
import { FDL } from "../../../src/fdl/fields.ts";
import { parseFdl } from "../../../src/fdl/parse.ts";
import { unservedFunctionFields, unservedTopFields } from "../../../src/fdl/served.ts";
import type { Tree } from "../../../src/fdl/tree.ts";
import { validate } from "../../../src/fdl/validate.ts";
import { isNamed, leafPaths } from "../../helpers/fdl-fields.ts";

const text = readFileSync(new URL("../../../fdl-example.yaml", import.meta.url), "utf8");
/** With what is commented out. */
const whole = parseFdl(text.replace(/^( *)#: /gm, "$1"), "fdl-example.yaml").value;
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

it("what is commented out in it is valid and known too", () => {
  const found = validate(whole, FDL, "", () => ({}));
  // Keys from ${env:…}, as in any FDL.
  expect(found).toEqual({ problems: [], unknown: [] });
  expect(checkDocument(whole, () => ({}), NO_ORIGINS)).toEqual([]);
});

it("it names every field", () => {
  const left =
    // Every section may have these.
    /\.(boto_profile|region)$|^functions\.aws\.s3\.|^scar\./;
  const internal = [
    // Of the original's merged configuration, or given on the command line.
    ...["invocation_type", "log_type", "c_args"].map((name) => `functions.aws.lambda.${name}`),
    ...["log_stream_name", "request_id"].map((name) => `functions.aws.cloudwatch.${name}`),
    ...["data_binary", "json_data", "parameters"].map((name) => `functions.aws.api_gateway.${name}`),
    // Of the same kind as another one of it.
    ...["prefix", "suffix"].flatMap((name) => [
      `functions.aws.lambda.input.${name}`,
      `functions.oscar.*.input.${name}`,
    ]),
  ];
  /** OSCAR's own, beyond the manual. */
  const oscar =
    /^functions\.oscar\.\*\.(endpoint|auth_|ssl_|cluster_id|alpine|enable_|total_|synchronous|expose|image_p|annot|labels)/;
  const missing = leafPaths(FDL).filter((path) => !isNamed(whole, path));
  expect(missing.filter((path) => !left.test(path) && !oscar.test(path) && !internal.includes(path))).toEqual([]);
});
