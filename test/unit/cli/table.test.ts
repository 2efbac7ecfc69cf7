import Table from "cli-table3";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Cell, type Column, table } from "../../../src/cli/report/table.ts";

const NO_LINES = Object.fromEntries(
  ["top", "bottom", "left", "right"]
    .flatMap((side) => [side, `${side}-mid`])
    .concat("top-left", "top-right", "bottom-left", "bottom-right", "mid", "mid-mid")
    .map((name) => [name, ""]),
);

/** The same by a library that lays out tables: the judge of ours (docs/decisions/0065). */
function byTheLibrary(columns: readonly Column[], rows: readonly (readonly Cell[])[]): string {
  const drawn = new Table({
    chars: { ...NO_LINES, middle: "  " },
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [] },
    colAligns: columns.map(({ align }) => (rows.length === 0 ? "left" : align)),
  });
  const widest = columns.map(({ head }, i) => Math.max(head.length + 2, ...rows.map((row) => String(row[i]).length)));
  const heads = columns.map(({ head }) => head);
  drawn.push(
    heads,
    widest.map((width) => "-".repeat(width)),
    ...rows.map((row) => row.map(String)),
  );
  return drawn
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

describe("table", () => {
  it("is laid out as by a library for tables", () => {
    const column = fc.record<Column>({
      head: fc.stringMatching(/^[A-Z_]{1,20}$/),
      align: fc.constantFrom("left", "right"),
    });
    const cell = fc.oneof(fc.stringMatching(/^[a-z0-9/:._-]{0,40}$/), fc.nat());
    const tables = fc
      .array(column, { minLength: 1, maxLength: 6 })
      .chain((columns) =>
        fc.tuple(
          fc.constant(columns),
          fc.array(fc.array(cell, { minLength: columns.length, maxLength: columns.length }), { maxLength: 8 }),
        ),
      );
    fc.assert(
      fc.property(tables, ([columns, rows]) => {
        expect(table(columns, rows)).toBe(byTheLibrary(columns, rows));
      }),
    );
  });

  it("aligns by the column and not by what a name looks like", () => {
    const columns: Column[] = [
      { head: "NAME", align: "left" },
      { head: "MEMORY", align: "right" },
    ];
    expect(table(columns, [["12", 512]])).toBe(["NAME      MEMORY", "------  --------", "12           512"].join("\n"));
  });
});
