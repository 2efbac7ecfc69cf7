/** The regular expressions of filter patterns, `%…%`: CloudWatch's subset, without groups and multi-byte characters. */
import { setFlagsFromString } from "node:v8";
import { invalid } from "../input.ts";

// V8's engine that never goes back takes over from one that went back 50 000 times: a pattern as `%a*a*a*b%` would else hold the
// server up for ever. It knows all of CloudWatch's subset.
setFlagsFromString("--enable-experimental-regexp-engine-on-excessive-backtracks");

/** What stands between the percent signs. */
export const REGEX = /%((?:[^%\\]|\\.)+)%/sy;

/** Most expressions in one pattern of fields or columns. */
export const MAX_REGEXES = 2;

/** Throws `InvalidParameterException`. */
export function compileRegex(source: string): RegExp {
  const strange = /[^\w:#=@/;,\-^$?[\]{}|\\*+.]/.exec(source.replace(/\\[!-~]/g, ""));
  if (strange) throw invalid(`Invalid filter pattern: the character '${strange[0]}' is not supported in %${source}%`);
  try {
    return new RegExp(source.replaceAll("\\%", "%"));
  } catch {
    throw invalid(`Invalid filter pattern: %${source}% is no regular expression`);
  }
}
