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

/** The library compares each cell with all above it: many small tables take a fraction of the time of a large one. */
const ROWS_AT_ONCE = 25;

/** Lines without the last newline. */
export function table(columns: readonly Column[], rows: readonly (readonly Cell[])[]): string {
  const widths = columns.map(({ head }, i) =>
    rows.reduce((most, row) => Math.max(most, String(row[i] ?? "").length), head.length + HEAD_PADDING),
  );
  // A column without numbers has no side to stand on.
  const colAligns = columns.map(({ align }) => (rows.length === 0 ? "left" : align));
  const heads = columns.map(({ head }) => head);
  const dashes = widths.map((width) => "-".repeat(width));
  const lines = linesOf([heads, dashes], colAligns);
  for (let start = 0; start < rows.length; start += ROWS_AT_ONCE) {
    const some = rows.slice(start, start + ROWS_AT_ONCE).map((row) => row.map(String));
    // The dashes give each part the widths of the whole.
    lines.push(...linesOf([dashes, ...some], colAligns).slice(1));
  }
  return lines.join("\n");
}

function linesOf(rows: readonly string[][], colAligns: readonly Column["align"][]): string[] {
  const part = new Table({
    chars: NO_LINES,
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [] },
    colAligns: [...colAligns],
  });
  part.push(...rows);
  return part
    .toString()
    .split("\n")
    .map((line) => line.trimEnd());
}
