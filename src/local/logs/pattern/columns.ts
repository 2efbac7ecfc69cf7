/** Patterns of events in columns: `[ip, user, ..., request = *html*, status = 4* || status = 500, bytes > 1000]`. */
import { type Comparison, readComparison } from "./comparison.ts";
import { type Predicate, readConditions } from "./conditions.ts";
import { QUOTED, Scanner } from "./scanner.ts";

type Row = ReadonlyMap<string, string>;

interface Column {
  readonly name: string;
  readonly holds: Predicate<Row>;
}

const BARE = /[^\s"%()&|,[\]=<>!]+/y;
const BRACKETED = /\[([^\]]*)\]/y;
const UNQUOTED = /\S+/y;

/** Reads up to the end. */
export function readColumnPattern(scanner: Scanner): Predicate<string> {
  scanner.take("[");
  const columns: Column[] = [];
  let ellipsis: number | undefined;
  do {
    if (scanner.take("...") || scanner.take("…")) {
      if (ellipsis !== undefined) throw scanner.refuse("a second '...' stands");
      ellipsis = columns.length;
    } else columns.push(readColumn(scanner, columns.length));
  } while (scanner.take(","));
  if (!scanner.take("]")) throw scanner.refuse("']' is missing");
  return (message) => {
    const fields = fieldsOf(message);
    const more = fields.length - columns.length;
    if (more < 0 || (more > 0 && ellipsis === undefined)) return false;
    // What the ellipsis stands for lies between the columns before and after it.
    const row: Row = new Map(
      columns.map(({ name }, n) => [name, fields[n < (ellipsis ?? columns.length) ? n : n + more]!]),
    );
    return columns.every(({ holds }) => holds(row));
  };
}

/** A line's fields: in brackets, in quotes, or between blanks. */
function fieldsOf(message: string): readonly string[] {
  const line = new Scanner(message);
  const fields: string[] = [];
  let closing = true;
  while (!line.ended) {
    const bracketed = closing && line.sees("[");
    const field = (bracketed ? line.match(BRACKETED) : undefined) ?? line.match(QUOTED);
    // Where one bracket is not closed, none after it is: they are not to be looked for each to the end.
    if (bracketed && !field) closing = false;
    fields.push(field ? field[1]! : line.match(UNQUOTED)![0]);
  }
  return fields;
}

/** A name, with conditions or none; a column without a name has none. */
function readColumn(scanner: Scanner, position: number): Column {
  const name = readName(scanner);
  if (name === undefined) return { name: `$${position + 1}`, holds: () => true };
  if (scanner.sees(",") || scanner.sees("]")) return { name, holds: () => true };
  let pending: string | undefined = name;
  const holds = readConditions<Row>(scanner, () => {
    const field = pending ?? readName(scanner);
    pending = undefined;
    if (field === undefined) throw scanner.refuse("a column's name is missing");
    const compare: Comparison = readComparison(scanner, BARE);
    return (row) => {
      const value = row.get(field);
      return value !== undefined && compare(value);
    };
  });
  return { name, holds };
}

function readName(scanner: Scanner): string | undefined {
  scanner.space();
  return scanner.match(/\$?[\w.-]+/y)?.[0];
}
