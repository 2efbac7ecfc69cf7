import { expect, it } from "vitest";
import { nearest } from "../../../src/fdl/suggest.ts";

it.each([
  ["memroy", ["memory", "name"], "memory"],
  ["Timeout", ["timeout"], "timeout"],
  ["inti", ["init", "ls"], "init"],
  ["nam", ["name", "memory"], "name"],
  ['timeout_threshold"', ["timeout", "timeout_threshold"], "timeout_threshold"],
  ["x", ["y"], undefined],
  ["ab", ["cd"], undefined],
  ["completely", ["different"], undefined],
  ["anything", [], undefined],
])("%s among %j", (name, known, want) => {
  expect(nearest(name, known)).toBe(want);
});
