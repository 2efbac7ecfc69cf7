/** Patterns of words: `ERROR -retry "out of memory"`, `?WARN ?ERROR`. Words are found inside words too, as CloudWatch does. */
import { invalid } from "../input.ts";
import type { Predicate } from "./conditions.ts";
import { QUOTED, type Scanner, unescaped } from "./scanner.ts";

/** Reads up to the end. */
export function readTerms(scanner: Scanner): Predicate<string> {
  const all: string[] = [];
  const none: string[] = [];
  const any: string[] = [];
  while (!scanner.ended) {
    const sign = scanner.match(/[-?]/y)?.[0];
    const term = readTerm(scanner);
    (sign === "-" ? none : sign === "?" ? any : all).push(term);
  }
  // Optional terms count only where there are no others.
  const optional = all.length + none.length > 0 ? [] : any;
  return (message) =>
    all.every((term) => message.includes(term)) &&
    !none.some((term) => message.includes(term)) &&
    (optional.length === 0 || optional.some((term) => message.includes(term)));
}

function readTerm(scanner: Scanner): string {
  scanner.space();
  const quoted = scanner.match(QUOTED);
  if (quoted) return unescaped(quoted[1]!);
  const bare = scanner.match(/\S+/y)?.[0];
  if (bare === undefined) throw scanner.refuse("a term is missing");
  if (!/^\w+$/.test(bare)) throw invalid(`Invalid character(s) in term '${bare}'`);
  return bare;
}
