/** Filter patterns of terms: `ERROR -retry "out of memory"`, `?WARN ?ERROR`. */
import { notServed } from "../service.ts";

/** Throws AwsError 501 for the patterns of fields, columns and regular expressions. */
export function compilePattern(pattern: string): (message: string) => boolean {
  const text = pattern.trim();
  if (/^[{[]/.test(text) || /^%.*%$/.test(text))
    throw notServed("FilterLogEvents with a JSON, column or regular expression pattern");
  const all: string[] = [];
  const none: string[] = [];
  const any: string[] = [];
  for (const [, sign = "", quoted, bare] of text.matchAll(/([-?]?)(?:"((?:[^"\\]|\\.)*)"|(\S+))/g)) {
    const term = quoted?.replace(/\\(.)/g, "$1") ?? bare!;
    if (sign === "-") none.push(term);
    else if (sign === "?") any.push(term);
    else all.push(term);
  }
  return (message) =>
    all.every((term) => message.includes(term)) &&
    !none.some((term) => message.includes(term)) &&
    // As on AWS: optional terms count only where there is no required one.
    (any.length === 0 || all.length > 0 || any.some((term) => message.includes(term)));
}
