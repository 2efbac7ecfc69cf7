import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { like } from "../../../src/local/wildcards.ts";

/** What a regular expression, right but slow, says. */
function expected(pattern: string, value: string): boolean {
  const parts = Array.from(pattern, (c) => (c === "*" ? ".*" : c === "?" ? "." : c.replace(/\W/, "\\$&")));
  return new RegExp(`^${parts.join("")}$`, "s").test(value);
}

describe("patterns with * and ?", () => {
  it("match as regular expressions do", () => {
    const pattern = fc.string({ unit: fc.constantFrom("a", "b", "*", "?", ".", "\n"), maxLength: 8 });
    const value = fc.string({ unit: fc.constantFrom("a", "b", ".", "\n", "*"), maxLength: 10 });
    fc.assert(
      fc.property(pattern, value, (p, v) => like(p, v) === expected(p, v)),
      { numRuns: 2000 },
    );
  });

  it("hold nobody up, whatever they are", () => {
    expect(like(`${"*a".repeat(50)}b`, "a".repeat(2000))).toBe(false);
    expect(like(`${"*a".repeat(50)}*`, "a".repeat(2000))).toBe(true);
  });
});
