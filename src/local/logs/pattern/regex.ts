/** The regular expressions of filter patterns, `%…%`: CloudWatch's subset, without groups and multi-byte characters. */
import { invalid } from "../input.ts";

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
