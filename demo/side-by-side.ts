/** Two texts beside each other, for a terminal of 100 columns. */
export function sideBySide(left: readonly string[], right: readonly string[], width = 58): string {
  const rows = Math.max(left.length, right.length);
  const lines: string[] = [];
  for (let i = 0; i < rows; i++) {
    const text = (left[i] ?? "").replace(/\t/g, "  ");
    const cut = text.length > width ? `${text.slice(0, width - 1)}…` : text;
    lines.push(`  ${cut.padEnd(width)} │ ${right[i] ?? ""}`.trimEnd());
  }
  return lines.join("\n");
}
