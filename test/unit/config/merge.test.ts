import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { merge, treeOf, valueAt } from "../../../src/config/merge.ts";
import { isTree, type Tree } from "../../../src/fdl/tree.ts";

describe("merge", () => {
  it.each([
    ["the upper wins", { a: 1 }, { a: 2 }, { a: 2 }],
    ["maps are merged", { a: { b: 1, c: 2 } }, { a: { b: 3 } }, { a: { b: 3, c: 2 } }],
    ["lists replace", { a: [1, 2] }, { a: [3] }, { a: [3] }],
    ["an empty list replaces", { a: [1] }, { a: [] }, { a: [] }],
    ["0, false and '' count", { a: 1, b: true, c: "x" }, { a: 0, b: false, c: "" }, { a: 0, b: false, c: "" }],
    ["null takes away", { a: 1, b: 2 }, { a: null }, { b: 2 }],
    ["null inside a new map too", {}, { a: { b: null, c: 1 } }, { a: { c: 1 } }],
    ["a map replaces a value", { a: 1 }, { a: { b: 1 } }, { a: { b: 1 } }],
    ["a value replaces a map", { a: { b: 1 } }, { a: 1 }, { a: 1 }],
  ])("%s", (_what, lower, upper, want) => {
    expect(merge(lower, upper)).toEqual(want);
  });

  it("leaves its arguments and Object's prototype alone", () => {
    const lower = JSON.parse('{"a": {"b": 1}, "__proto__": {"x": 1}}');
    const upper = JSON.parse('{"a": {"c": 2}, "__proto__": {"polluted": true}}');
    const before = JSON.stringify([lower, upper]);
    const merged = merge(lower, upper);
    expect(JSON.stringify([lower, upper])).toBe(before);
    expect(JSON.stringify(merged)).toBe('{"a":{"b":1,"c":2},"__proto__":{"x":1,"polluted":true}}');
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  const { tree } = fc.letrec((tie) => ({
    tree: fc.dictionary(
      fc.constantFrom("a", "b", "c", "__proto__"),
      fc.oneof(fc.integer(), fc.constant([1]), tie("tree")),
      {
        maxKeys: 3,
      },
    ),
  }));

  it("laying a tree over itself, or over nothing, changes nothing", () => {
    fc.assert(
      fc.property(tree, (value) => {
        const some = value as Tree;
        expect(merge(some, some)).toEqual(some);
        expect(merge({}, some)).toEqual(some);
        expect(merge(some, {})).toEqual(some);
      }),
    );
  });

  it("has every leaf of the upper, and every key of both", () => {
    fc.assert(
      fc.property(tree, tree, (a, b) => {
        const [lower, upper] = [a as Tree, b as Tree];
        const merged = merge(lower, upper);
        expect(new Set(Object.keys(merged))).toEqual(new Set([...Object.keys(lower), ...Object.keys(upper)]));
        for (const [path, leaf] of leaves(upper, "")) expect(valueAt(merged, path)).toEqual(leaf);
      }),
    );
  });
});

function leaves(value: unknown, path: string): [string, unknown][] {
  if (!isTree(value)) return [[path, value]];
  return Object.entries(value).flatMap(([key, item]) => leaves(item, path === "" ? key : `${path}.${key}`));
}

describe("paths", () => {
  it.each([
    ["a.b", 1],
    ["a", { b: 1 }],
    ["a.b.c", undefined],
    ["x.y", undefined],
    ["constructor.name", undefined],
  ])("valueAt %s", (path, want) => {
    expect(valueAt({ a: { b: 1 } }, path)).toEqual(want);
  });

  it("treeOf is its inverse", () => {
    expect(treeOf("a.b", 1)).toEqual({ a: { b: 1 } });
  });
});
