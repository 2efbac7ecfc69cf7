/** Patterns of policies: `*` stands for any text, `?` for one character, `${key}` for a value of the request. */
import { like, literal, matches, type Pattern, wildcards } from "../../wildcards.ts";

/** What a request says of a condition key; empty: it has none; undefined: nothing is known of it. */
export type Lookup = (key: string) => readonly string[] | undefined;

/** `${key}`, `${key, 'default'}`, and `${*}`, `${?}`, `${$}`, which stand for themselves. */
const VARIABLE = /\$\{([^}]*)\}/g;

/** @returns undefined when a variable is not known. One that the request does not have matches nothing. */
export function matchesPattern(pattern: string, value: string, lookup: Lookup): boolean | undefined {
  const parts: Pattern[] = [];
  let at = 0;
  for (const match of pattern.matchAll(VARIABLE)) {
    const values = valuesOf(match[1]!, lookup);
    if (values === undefined) return undefined;
    if (values.length !== 1) return false;
    parts.push(wildcards(pattern.slice(at, match.index)), literal(values[0]!));
    at = match.index + match[0].length;
  }
  return matches([...parts.flat(), ...wildcards(pattern.slice(at))], value);
}

/** Actions know no variables and no case. */
export function matchesAction(pattern: string, action: string): boolean {
  return like(pattern.toLowerCase(), action.toLowerCase());
}

function valuesOf(variable: string, lookup: Lookup): readonly string[] | undefined {
  if (["*", "?", "$"].includes(variable)) return [variable];
  const [, key = variable, fallback] = /^([^,]*),\s*'([^']*)'$/.exec(variable) ?? [];
  const values = lookup(key.trim());
  return values?.length === 0 && fallback !== undefined ? [fallback] : values;
}
