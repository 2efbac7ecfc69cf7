/** Filter patterns of CloudWatch Logs: words, JSON fields, columns, or one regular expression. */
import { invalid } from "../input.ts";
import { readColumnPattern } from "./columns.ts";
import type { Predicate } from "./conditions.ts";
import { readFieldPattern } from "./fields.ts";
import { compileRegex, MAX_REGEXES, REGEX } from "./regex.ts";
import { Scanner } from "./scanner.ts";
import { readTerms } from "./terms.ts";

const MAX_PATTERN = 1024;

/** Whether an event's message matches; an empty pattern matches all. Throws AwsError `InvalidParameterException`. */
export function compilePattern(pattern: string): Predicate<string> {
  if (pattern.length > MAX_PATTERN) {
    throw invalid(
      `1 validation error detected: Value at 'filterPattern' failed to satisfy constraint: Member must have length less than or equal to ${MAX_PATTERN}`,
    );
  }
  const scanner = new Scanner(pattern.trim());
  const { text } = scanner;
  if (text.startsWith("%")) return readRegex(scanner);
  if (!text.startsWith("{") && !text.startsWith("[")) return readTerms(scanner);
  const matches = text.startsWith("{") ? readFieldPattern(scanner) : readColumnPattern(scanner);
  if (!scanner.ended) throw scanner.refuse("something stands after the end");
  if (scanner.regexes > MAX_REGEXES)
    throw invalid(`Invalid filter pattern: it has more than ${MAX_REGEXES} regular expressions`);
  return matches;
}

function readRegex(scanner: Scanner): Predicate<string> {
  const source = scanner.match(REGEX)?.[1];
  if (source === undefined || !scanner.ended) throw scanner.refuse("a regular expression stands between two '%' alone");
  const expression = compileRegex(source);
  // A line's own end is no part of it.
  return (message) => expression.test(message.replace(/\r?\n$/, ""));
}
