import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromEnvironment, isReadByEveryCommand } from "../../../src/fdl/environment.ts";

const ref = (name: string): string => `$\{env:${name}}`;
const ENV = { A: "one", B: `$${ref("A")}`, EMPTY: "" };
const fill = (tree: { readonly [key: string]: unknown }, env?: Readonly<Record<string, string>>, isNeeded = true) =>
  fromEnvironment(
    tree,
    env,
    () => isNeeded,
    (path) => ({ location: `at ${path}` }),
  );

describe("references are filled in", () => {
  it.each([
    [ref("A"), "one"],
    [`x-${ref("A")}/${ref("A")}`, "x-one/one"],
    [`$${ref("A")}`, ref("A")],
    [`$$${ref("A")}`, `$${ref("A")}`],
    [ref("B"), `$${ref("A")}`],
    [`$A $(A) \${A} $`, `$A $(A) \${A} $`],
  ])("%s", (text, value) => {
    expect(fill({ a: { b: [text] } }, ENV)).toMatchObject({ value: { a: { b: [value] } }, problems: [] });
  });

  it("and keys are not, nor what is no text", () => {
    const tree = { [ref("A")]: 1, b: true, c: null, d: [1.5] };
    expect(fill(tree, ENV).value).toEqual(tree);
  });

  it("each place is known with what stands there", () => {
    const { written } = fill({ a: [{ b: `x${ref("A")}` }], c: `$${ref("A")}` }, ENV);
    expect([...written]).toEqual([["a[0].b", `x${ref("A")}`]]);
  });

  it("texts without one stay as they are", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!text.includes("${env:"));
        expect(fill({ text }, ENV).value).toEqual({ text });
      }),
    );
  });
});

describe("a variable that is missing", () => {
  it("is a problem where it is needed", () => {
    const { problems, unset } = fill({ a: ref("NONE"), b: ref("EMPTY"), c: ref("toString") }, ENV);
    expect(problems).toEqual([
      { path: "a", message: "the environment variable NONE is not set", location: "at a" },
      { path: "b", message: "the environment variable EMPTY is empty", location: "at b" },
      { path: "c", message: "the environment variable toString is not set", location: "at c" },
    ]);
    expect([...unset]).toEqual(["a", "b", "c"]);
  });

  it("is left as written elsewhere", () => {
    const { value, problems, unset } = fill({ a: ref("NONE") }, ENV, false);
    expect({ value, problems, unset: [...unset] }).toEqual({ value: { a: ref("NONE") }, problems: [], unset: ["a"] });
  });
});

it("without an environment all stays as written", () => {
  const tree = { a: ref("A"), b: `$${ref("A")}`, c: "x" };
  const { value, problems, unset } = fill(tree);
  expect({ value, problems, unset: [...unset] }).toEqual({ value: tree, problems: [], unset: ["a"] });
});

it.each([
  ["functions.aws[0].lambda.name", true],
  ["functions.aws[10].lambda.region", true],
  ["functions.aws[0].iam.boto_profile", true],
  ["functions.aws[0].lambda.input[0].path", true],
  ["functions.aws[0].lambda.deployment.bucket", true],
  ["functions.aws[0].api_gateway.name", true],
  ["functions.aws[0].lambda.name_more", false],
  ["functions.aws[0].lambda.environment.Variables.region", false],
  ["functions.aws[0].iam.role", false],
  ["functions.aws[0].lambda.container.image", false],
  ["storage_providers.minio.x.secret_key", false],
])("%s is read by every command: %s", (path, isRead) => {
  expect(isReadByEveryCommand(path)).toBe(isRead);
});
