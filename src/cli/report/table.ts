/** Tables as SCAR prints them: names over dashes, two spaces between columns, numbers to the right. */
import Table from "cli-table3";

export type Cell = string | number;

export interface Column {
  readonly head: string;
  /** Numbers stand right-aligned. Decided by the column, never by what a name looks like (surprises.md, 36). */
  readonly align: "left" | "right";
}

/** Columns are two wider than their heads, as in the original's. */
const HEAD_PADDING = 2;

const NO_LINES = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "  ",
};

/** Lines without the last newline. */
export function table(columns: readonly Column[], rows: readonly (readonly Cell[])[]): string {
  const widths = columns.map(({ head }, i) =>
    Math.max(head.length + HEAD_PADDING, ...rows.map((row) => String(row[i] ?? "").length)),
  );
  const lines = new Table({
    chars: NO_LINES,
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [] },
    // A column without numbers has no side to stand on.
    colAligns: columns.map(({ align }) => (rows.length === 0 ? "left" : align)),
  });
  lines.push(
    columns.map(({ head }) => head),
    widths.map((width) => "-".repeat(width)),
    ...rows.map((row) => row.map(String)),
  );
  return lines
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}
