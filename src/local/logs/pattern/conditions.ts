/** Conditions joined by `&&` and `||`, of which `&&` binds more closely, and parentheses. */
import type { Scanner } from "./scanner.ts";

export type Predicate<T> = (subject: T) => boolean;

/** Nested deeper, a pattern is refused: patterns have 1024 characters, the stack is not to be spent by them. */
const MAX_DEPTH = 100;

export function readConditions<T>(scanner: Scanner, read: () => Predicate<T>, depth = 0): Predicate<T> {
  if (depth > MAX_DEPTH) throw scanner.refuse("too many parentheses");
  const one = (): Predicate<T> => {
    if (!scanner.take("(")) return read();
    const inner = readConditions(scanner, read, depth + 1);
    if (!scanner.take(")")) throw scanner.refuse("')' is missing");
    return inner;
  };
  const joined = (word: string, part: () => Predicate<T>): Predicate<T>[] => {
    const parts = [part()];
    while (scanner.take(word)) parts.push(part());
    return parts;
  };
  const alternatives = joined("||", () => {
    const all = joined("&&", one);
    return (subject) => all.every((holds) => holds(subject));
  });
  return (subject) => alternatives.some((holds) => holds(subject));
}
