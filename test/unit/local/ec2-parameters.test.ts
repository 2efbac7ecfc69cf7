import fc from "fast-check";
import { expect, it } from "vitest";
import { parameterTree, type Tree, tagsOf } from "../../../src/local/ec2/parameters.ts";
import { AwsError } from "../../../src/local/service.ts";

const name = fc.stringMatching(/^[A-Z][a-zA-Z0-9]{0,6}$/);
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.string(),
    fc.array(tie("tree"), { minLength: 1, maxLength: 3 }),
    fc.dictionary(name, tie("tree"), { minKeys: 1, maxKeys: 3 }),
  ),
}));

function flat(value: Tree, path: string): [string, string][] {
  if (typeof value === "string") return [[path, value]];
  const below: [string, Tree][] = Array.isArray(value)
    ? value.map((item: Tree, n) => [String(n + 1), item])
    : Object.entries(value as Record<string, Tree>);
  return below.flatMap(([step, item]) => flat(item, `${path}.${step}`));
}

it("what clients flatten is put together again", () => {
  fc.assert(
    fc.property(fc.dictionary(name, tree, { noNullPrototype: true }), (parameters) => {
      const pairs = Object.entries(parameters).flatMap(([step, value]) => flat(value, step));
      const sent = new URLSearchParams(pairs.toReversed());
      expect(parameterTree(sent)).toEqual(parameters);
    }),
  );
});

it("whatever is sent is read or refused, and reaches nothing that objects inherit", () => {
  const step = fc.constantFrom("__proto__", "constructor", "A", "1", "", "a", "Tag", "prototype");
  const path = fc.array(step, { maxLength: 4 }).map((steps) => steps.join("."));
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.oneof(path, fc.string()), fc.string())), (pairs) => {
      try {
        parameterTree(new URLSearchParams(pairs));
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        expect(error.code).toBe("UnknownParameter");
      }
      expect(Object.keys(Object.prototype)).toEqual([]);
    }),
  );
});

it("lists are in the order of their numbers", () => {
  const sent = new URLSearchParams({ "V.10": "c", "V.2": "b", "V.1": "a" });
  expect(parameterTree(sent)).toEqual({ V: ["a", "b", "c"] });
});

it("tags are those of the resource that is made", () => {
  const specification = { ResourceType: "instance", Tag: [{ Key: "a", Value: "1" }] };
  expect(tagsOf({ TagSpecification: [specification] }, "instance")).toEqual({ a: "1" });
  expect(() => tagsOf({ TagSpecification: [specification] }, "launch-template")).toThrow(
    expect.objectContaining({ code: "InvalidParameterValue" }),
  );
});
