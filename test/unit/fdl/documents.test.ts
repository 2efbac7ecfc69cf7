/** Random documents made of the fields' own data, and random mistakes in them. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { dump } from "js-yaml";
import { expect, it } from "vitest";
import { ScarError } from "../../../src/errors.ts";
import { decodeFdl } from "../../../src/fdl/bytes.ts";
import type { Field } from "../../../src/fdl/field.ts";
import { FDL } from "../../../src/fdl/fields.ts";
import { parseFdl } from "../../../src/fdl/parse.ts";
import { isTree } from "../../../src/fdl/tree.ts";
import { type Findings, validate } from "../../../src/fdl/validate.ts";
import { textsOf, validValue } from "../../helpers/fdl-arbitrary.ts";
import { schemaProblems } from "../../helpers/json-schema.ts";

const root = new URL("../../../", import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, root), "utf8");
const schema = JSON.parse(read("schema/fdl.json"));

const documents = validValue(FDL) as fc.Arbitrary<Record<string, unknown>>;

function findings(text: string): Findings {
  const document = parseFdl(text, "f");
  return validate(document.value, FDL, "", (path, part) => ({ location: document.locate(path, part) }));
}

it("every text field has a text that it takes", () => {
  const without: string[] = [];
  const walk = (field: Field, path: string): void => {
    if (field.kind === "map") for (const [key, inner] of Object.entries(field.fields)) walk(inner, `${path}.${key}`);
    else if (field.kind === "list" || field.kind === "ids") walk(field.of, path);
    else if (field.kind === "text" && textsOf(field).length === 0) without.push(path);
  };
  walk(FDL, "");
  expect(without).toEqual([]);
});

it("what the fields allow is valid, as YAML and for the schema", () => {
  fc.assert(
    fc.property(documents, fc.boolean(), (value, noArrayIndent) => {
      expect(findings(dump(value, { noArrayIndent, noRefs: true }))).toEqual({ problems: [], unknown: [] });
      expect(schemaProblems(schema, value)).toEqual([]);
    }),
    { numRuns: 200 },
  );
});

/** Every scalar of a document, with its path and a way to replace it; what is below `any` and variables is not looked at. */
function scalars(field: Field, value: unknown, path: string, replace: (by: unknown) => unknown): Spot[] {
  if (field.kind === "map" && isTree(value)) {
    return Object.entries(value).flatMap(([key, item]) =>
      scalars(field.fields[key]!, item, path === "" ? key : `${path}.${key}`, (by) => replace({ ...value, [key]: by })),
    );
  }
  if (field.kind === "ids" && isTree(value)) {
    return Object.entries(value).flatMap(([key, item]) =>
      scalars(field.of, item, `${path}.${key}`, (by) => replace({ ...value, [key]: by })),
    );
  }
  if (field.kind === "list" && Array.isArray(value)) {
    return value.flatMap((item, i) => scalars(field.of, item, `${path}[${i}]`, (by) => replace(value.with(i, by))));
  }
  return ["any", "json", "variables"].includes(field.kind) ? [] : [{ path, replace }];
}

interface Spot {
  readonly path: string;
  readonly replace: (by: unknown) => unknown;
}

it("one wrong value anywhere is found where it stands", () => {
  fc.assert(
    fc.property(documents, fc.nat(), (value, n) => {
      const spots = scalars(FDL, value, "", (by) => by);
      fc.pre(spots.length > 0);
      const { path, replace } = spots[n % spots.length]!;
      const text = dump(replace({ wrong_here: 1 }), { noRefs: true });
      const found = findings(text);
      expect(found.problems.map((problem) => problem.path)).toContain(path);
      const { location } = found.problems.find((problem) => problem.path === path)!;
      const line = text.split("\n").findIndex((one) => one.includes("wrong_here")) + 1;
      expect(location?.split(":")[1]).toBe(String(line));
      // What depends on the value may be wrong with it, and nothing else.
      const parent = path.replace(/(\.[^.[\]]+|\[\d+\])$/, "");
      expect(found.problems.filter((problem) => !problem.path.startsWith(parent))).toEqual([]);
      expect(found.unknown).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

/** Every map of a document whose keys are the format's. */
function maps(field: Field, value: unknown, path: string, replace: (by: unknown) => unknown): Spot[] {
  if (field.kind === "list" && Array.isArray(value)) {
    return value.flatMap((item, i) => maps(field.of, item, `${path}[${i}]`, (by) => replace(value.with(i, by))));
  }
  if ((field.kind !== "map" && field.kind !== "ids") || !isTree(value)) return [];
  const inside = Object.entries(value).flatMap(([key, item]) =>
    maps(field.kind === "map" ? field.fields[key]! : field.of, item, path === "" ? key : `${path}.${key}`, (by) =>
      replace({ ...value, [key]: by }),
    ),
  );
  const own = { path, replace: (by: unknown) => replace({ ...value, ...(by as object) }) };
  return field.kind === "map" ? [own, ...inside] : inside;
}

it("one unknown key anywhere is a warning at the key, and nothing more", () => {
  fc.assert(
    fc.property(documents, fc.nat(), (value, n) => {
      const spots = maps(FDL, value, "", (by) => by);
      const { path, replace } = spots[n % spots.length]!;
      const text = dump(replace({ unheard_of: "x" }), { noRefs: true });
      const { problems, unknown } = findings(text);
      expect(problems).toEqual([]);
      const at = text.indexOf("unheard_of");
      const lines = text.slice(0, at).split("\n");
      expect(unknown).toEqual([
        {
          path: path === "" ? "unheard_of" : `${path}.unheard_of`,
          message: "unknown field, ignored",
          location: `f:${lines.length}:${lines.at(-1)!.length + 1}`,
        },
      ]);
    }),
    { numRuns: 300 },
  );
});

it("whatever the bytes are, they are read or refused with exit code 2", () => {
  const example = Buffer.from(read("test/fixtures/fdl/complete.yaml"));
  const spoilt = fc
    .tuple(fc.nat(example.length), fc.uint8Array({ maxLength: 6 }), fc.nat(8))
    .map(([at, bytes, skip]) => Buffer.concat([example.subarray(0, at), bytes, example.subarray(at + skip)]));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 60 }), spoilt), (bytes) => {
      try {
        const document = parseFdl(decodeFdl(bytes, "f"), "f");
        validate(document.value, FDL, "", (path, part) => ({ location: document.locate(path, part) }));
      } catch (error) {
        expect(error).toBeInstanceOf(ScarError);
        expect((error as ScarError).exitCode).toBe(2);
        expect((error as ScarError).message).toMatch(/^f(:\d+:\d+)?: /);
      }
    }),
    { numRuns: 1000 },
  );
});
