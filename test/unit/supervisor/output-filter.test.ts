import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchesOutput, outputAddress } from "../../../src/supervisor/storage/output-filter.ts";

describe("which output takes a file", () => {
  it.each([
    ["a.png", {}, true],
    ["a.png", { prefix: [], suffix: [] }, true],
    ["result-1.wav", { prefix: ["result-"], suffix: ["wav", "srt"] }, true],
    ["result-1.txt", { prefix: ["result-"], suffix: ["wav", "srt"] }, false],
    ["other-1.wav", { prefix: ["result-"], suffix: ["wav", "srt"] }, false],
    ["frames/result-1.wav", { prefix: ["result-"] }, true],
    ["frames/1.png", { prefix: ["frames/"] }, true],
    ["frames/1.png", { prefix: ["frame-"] }, false],
    ["b.srt", { prefix: ["a", "b"], suffix: ["wav", "srt"] }, true],
  ])("%s by %j: %s", (name, lists, expected) => expect(matchesOutput(name, lists)).toBe(expected));

  it("takes any name by its own beginning and end", () => {
    const part = fc.string({ minLength: 1 }).filter((s) => !s.includes("/"));
    fc.assert(
      fc.property(part, part, part, (a, b, c) => {
        expect(matchesOutput(`${a}${b}${c}`, { prefix: [a], suffix: [c] })).toBe(true);
      }),
    );
  });
});

describe("where a file goes", () => {
  it.each([
    ["bucket", "a.png", "bucket", "a.png"],
    ["bucket/out", "tree/a b.png", "bucket", "out/tree/a b.png"],
    ["bucket//out/", "a", "bucket", "out/a"],
    ["/bucket/out", "a", "bucket", "out/a"],
  ])("%s + %s → %s %s", (path, name, bucket, key) => expect(outputAddress(path, name)).toEqual({ bucket, key }));
});
