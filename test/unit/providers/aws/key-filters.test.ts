import fc from "fast-check";
import { expect, it } from "vitest";
import { filtersOverlap, keyFilters, matchesFilter } from "../../../../src/providers/aws/plan/key-filters.ts";

it.each([
  ["no lists", {}, [["in/", ""]]],
  ["empty lists", { prefix: [], suffix: [] }, [["in/", ""]]],
  [
    "suffixes",
    { suffix: [".png", ".jpg"] },
    [
      ["in/", ".png"],
      ["in/", ".jpg"],
    ],
  ],
  [
    "both",
    { prefix: ["a", "b"], suffix: ["1", "2"] },
    [
      ["in/a", "1"],
      ["in/a", "2"],
      ["in/b", "1"],
      ["in/b", "2"],
    ],
  ],
  ["what another takes anyway", { prefix: ["img", "im", "im"], suffix: [".tar.gz", ".gz"] }, [["in/im", ".gz"]]],
  ["an empty name", { prefix: ["", "x"] }, [["in/", ""]]],
])("one filter for each prefix with each suffix: %s", (_, lists, expected) => {
  expect(keyFilters("in/", lists)).toEqual(expected.map(([prefix, suffix]) => ({ prefix, suffix })));
});

it("takes the keys that the lists take, each once, as S3 allows", () => {
  const names = fc.array(fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 3 }), { maxLength: 4 });
  const key = fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 8 });
  fc.assert(
    fc.property(names, names, key, (prefix, suffix, name) => {
      const filters = keyFilters("in/", { prefix, suffix });
      const any = (list: string[], test: (item: string) => boolean) => list.length === 0 || list.some(test);
      const wanted = any(prefix, (item) => name.startsWith(item)) && any(suffix, (item) => name.endsWith(item));
      expect(filters.filter((filter) => matchesFilter(`in/${name}`, filter)).length > 0).toBe(wanted);
      filters.forEach((a, i) => {
        for (const b of filters.slice(i + 1)) expect(filtersOverlap(a, b)).toBe(false);
      });
    }),
    { numRuns: 1000 },
  );
});
