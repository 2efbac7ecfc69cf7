/** Tables as SCAR prints them: names over dashes, two spaces between columns, numbers to the right. */

export type Cell = string | number;

export interface Column {
  readonly head: string;
  /** Numbers stand right-aligned. Decided by the column, never by what a name looks like (surprises.md, 36). */
  readonly align: "left" | "right";
}

/** Columns are two wider than their heads, as in the original's. */
const HEAD_PADDING = 2;

const BETWEEN = "  ";

/** Lines without the last newline. Cells are one line of characters one column wide, as all that AWS lets one name functions and images with. */
export function table(columns: readonly Column[], rows: readonly (readonly Cell[])[]): string {
  const widths = columns.map(({ head }, i) =>
    rows.reduce((most, row) => Math.max(most, String(row[i] ?? "").length), head.length + HEAD_PADDING),
  );
  // A column without numbers has no side to stand on.
  const isRight = columns.map(({ align }) => align === "right" && rows.length > 0);
  const line = (row: readonly Cell[]): string => {
    const cells = row.map((cell, i) =>
      isRight[i] ? String(cell).padStart(widths[i]!) : String(cell).padEnd(widths[i]!),
    );
    return cells.join(BETWEEN).trimEnd();
  };
  const dashes = widths.map((width) => "-".repeat(width));
  return [columns.map(({ head }) => head), dashes, ...rows].map(line).join("\n");
}
