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

/** Trees in which a key stands for the same kind of thing everywhere, as a configuration's do: `m…` maps, `l…` lists, `v…` values. */
const { section } = fc.letrec((tie) => ({
  section: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.dictionary(
      fc.constantFrom("v1", "v2", "__proto__"),
      fc.oneof(fc.integer(), fc.boolean(), fc.constantFrom("", "x")),
    ),
    fc.record(
      {
        v1: fc.constantFrom<unknown>(0, false, "", 1),
        l1: fc.array(fc.integer(), { maxLength: 2 }),
        m1: tie("section"),
        m2: tie("section"),
      },
      { requiredKeys: [] },
    ),
  ),
}));
const layer = section.map((value) => value as Tree);

describe("layers of one shape", () => {
  const over = (...layers: Tree[]): Tree => layers.reduce(merge, {});

  it("at every place the highest layer that has it counts, and nothing else is there", () => {
    fc.assert(
      fc.property(fc.array(layer, { maxLength: 4 }), (layers) => {
        const merged = over(...layers);
        const highest = new Map(layers.flatMap((one) => leaves(one, "")));
        for (const [path, leaf] of highest) if (!isTree(leaf)) expect(valueAt(merged, path)).toEqual(leaf);
        const places = new Set(layers.flatMap((one) => leaves(one, "").map(([path]) => path)));
        for (const [path] of leaves(merged, "")) expect(places).toContain(path);
      }),
    );
  });

  it("it does not matter which neighbours are laid together first", () => {
    fc.assert(
      fc.property(layer, layer, layer, (a, b, c) => {
        expect(merge(merge(a, b), c)).toEqual(merge(a, merge(b, c)));
      }),
    );
  });

  it("a layer laid twice is as good as once", () => {
    fc.assert(
      fc.property(layer, layer, (a, b) => {
        expect(over(a, b, b)).toEqual(over(a, b));
        expect(over(a, b, a, b)).toEqual(over(a, b));
      }),
    );
  });

  it("no layer is changed, and no prototype", () => {
    fc.assert(
      fc.property(layer, layer, (a, b) => {
        const before = JSON.stringify([a, b]);
        merge(deepFrozen(a), deepFrozen(b));
        expect(JSON.stringify([a, b])).toBe(before);
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
    );
  });

  it("null takes away what is below, wherever it stands, and leaves nothing of itself", () => {
    fc.assert(
      fc.property(layer, layer, fc.constantFrom("v1", "l1", "m1", "m1.v1", "m1.m2"), (a, b, path) => {
        const merged = over(a, b, treeOf(path, null));
        expect(valueAt(merged, path)).toBeUndefined();
        expect(JSON.stringify(merged)).not.toContain("null");
        expect(over(merged, b)).toEqual(over(a, treeOf(path, null), b));
      }),
    );
  });
});

describe("where layers disagree about what is a map", () => {
  it("they count from the lowest up: that is the order of the layers", () => {
    const [map, value, other] = [{ a: { x: 1 } }, { a: 1 }, { a: { y: 2 } }];
    expect(merge(merge(map, value), other)).toEqual({ a: { y: 2 } });
  });
});

function deepFrozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    for (const item of Object.values(value)) deepFrozen(item);
    Object.freeze(value);
  }
  return value;
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
