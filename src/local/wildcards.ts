/** Patterns in which `*` stands for any text and `?` for one character, as AWS has them in policies and filters. */

const ANY = Symbol("*");
const ONE = Symbol("?");

/** One part for each character. */
export type Pattern = readonly (string | typeof ANY | typeof ONE)[];

export const wildcards = (text: string): Pattern =>
  text.split("").map((character) => (character === "*" ? ANY : character === "?" ? ONE : character));

/** Text that stands for itself. */
export const literal = (text: string): Pattern => text.split("");

/** Whether the whole value matches, in time of their lengths' product at most: a regular expression would try every way to share the value among the stars. */
export function matches(pattern: Pattern, value: string): boolean {
  let [at, from] = [0, 0];
  // The last star seen, and where what it stands for ends so far.
  let [star, end] = [-1, 0];
  while (from < value.length) {
    const part = pattern[at];
    if (part === ANY) {
      star = at++;
      end = from;
    } else if (part === ONE || part === value[from]) {
      at++;
      from++;
    } else if (star >= 0) {
      at = star + 1;
      from = ++end;
    } else return false;
  }
  while (pattern[at] === ANY) at++;
  return at === pattern.length;
}

/** The same of a pattern as it is written. */
export const like = (pattern: string, value: string): boolean => matches(wildcards(pattern), value);
