/** What `npm run schema` writes is what the fields say. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { renderDocs, renderSchema } from "../../../schema/render.ts";
import { type Field, isStructure } from "../../../src/fdl/field.ts";
import { FDL } from "../../../src/fdl/fields.ts";
import { parseFdl } from "../../../src/fdl/parse.ts";
import { leafPaths } from "../../helpers/fdl-fields.ts";
import { schemaProblems } from "../../helpers/json-schema.ts";

const root = new URL("../../../", import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, root), "utf8");
const schema = JSON.parse(read("schema/fdl.json"));

it("schema/fdl.json is up to date (npm run schema)", () => {
  expect(read("schema/fdl.json")).toBe(renderSchema());
});

it("the tables of docs/fdl.md are up to date (npm run schema)", () => {
  const page = read("docs/fdl.md");
  expect(page).toBe(renderDocs(page));
});

it("every field has a line that says what it is", () => {
  const silent: string[] = [];
  const walk = (field: Field, path: string): void => {
    if (field.kind === "map") {
      for (const [key, inner] of Object.entries(field.fields)) {
        if (!inner.about?.endsWith(".")) silent.push(`${path}.${key}`);
        walk(inner, `${path}.${key}`);
      }
    } else if (isStructure(field)) walk(field.of, path);
  };
  walk(FDL, "");
  expect(silent).toEqual([]);
});

it("docs/fdl.md has a table for every field", () => {
  const page = read("docs/fdl.md");
  const names = leafPaths(FDL).map((path) => path.replaceAll(".*", "").split(".").at(-1)!);
  expect(names.filter((name) => !new RegExp(`^\\| \`([^\`]*[.\\]])?${name}\``, "m").test(page))).toEqual([]);
});

const folder = fileURLToPath(new URL("test/fixtures/fdl", root));
const fixtures = readdirSync(folder).filter((name) => name.endsWith(".yaml") && !name.includes("as-printed"));

it.each(["fdl-example.yaml", ...fixtures.map((name) => `test/fixtures/fdl/${name}`)])("the schema takes %s", (name) => {
  expect(schemaProblems(schema, parseFdl(read(name), name).value)).toEqual([]);
});

it("it takes what is commented out in fdl-example.yaml", () => {
  const whole = read("fdl-example.yaml").replace(/^( *)#: /gm, "$1");
  expect(schemaProblems(schema, parseFdl(whole, "example").value)).toEqual([]);
});

it.each([
  [{ memory: 64 }, "memory"],
  [{ memory: "512" }, "memory"],
  [{ name: "a b" }, "name"],
  [{ nmae: "x" }, ""],
  [{ execution_mode: "cloud" }, "execution_mode"],
  [{ input: [{ storage_provider: "s3" }] }, "input/0"],
  [{ input: [null] }, "input/0"],
  [{ architectures: ["x86_64", "arm64"] }, "architectures"],
  [{ environment: { Variables: { A: [] } } }, "environment/Variables/A"],
  [{ container: { registry_auth: { username: "x" } } }, "container/registry_auth"],
])("it refuses lambda %j", (lambda, place) => {
  const at = `/functions/aws/0/lambda${place === "" ? "" : `/${place}`}`;
  expect(schemaProblems(schema, { functions: { aws: [{ lambda }] } })).toEqual([at]);
});

it.each([
  { log_level: "Info" },
  { memory: null },
  { region: `\${env:REGION}` },
  { environment: { Variables: { A: 1 } } },
])("it takes lambda %j", (lambda) => {
  expect(schemaProblems(schema, { functions: { aws: [{ lambda }] }, "x-own": [1] })).toEqual([]);
});
