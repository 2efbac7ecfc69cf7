import fc from "fast-check";
import { expect, it } from "vitest";
import { parseSince } from "../../../src/cli/since.ts";

const NOW = Date.parse("2026-11-21T10:00:00Z");

it.each([
  ["30s", "2026-11-21T09:59:30Z"],
  ["10m", "2026-11-21T09:50:00Z"],
  ["2h", "2026-11-21T08:00:00Z"],
  ["1d", "2026-11-20T10:00:00Z"],
  ["1w", "2026-11-14T10:00:00Z"],
  ["2026-11-01", "2026-11-01T00:00:00Z"],
  ["2026-11-01T12:30", "2026-11-01T12:30:00Z"],
  ["2026-11-01 12:30:15.5", "2026-11-01T12:30:15.500Z"],
  ["2026-11-01T12:30:00z", "2026-11-01T12:30:00Z"],
  ["2026-11-01T12:30:00+02:00", "2026-11-01T10:30:00Z"],
])("%s", (text, time) => {
  expect(parseSince(text, NOW)).toBe(Date.parse(time));
});

it.each([
  "",
  "yesterday",
  "10",
  "m",
  "-5m",
  "1.5h",
  "10M",
  "2026-02-30",
  "2026-13-01",
  "2026-11-01T25:00",
  "2026-11-01T",
])("'%s' is wrong, and named", (text) => {
  expect(() => parseSince(text, NOW)).toThrow(
    expect.objectContaining({ code: "InvalidTime", exitCode: 2, message: expect.stringContaining(`'${text}'`) }),
  );
});

it("takes every time that JavaScript writes", () => {
  fc.assert(
    fc.property(fc.date({ min: new Date(0), max: new Date("9999-12-31"), noInvalidDate: true }), (date) => {
      expect(parseSince(date.toISOString(), NOW)).toBe(date.getTime());
    }),
  );
});
