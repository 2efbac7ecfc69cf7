/** `WWW-Authenticate`: what a server wants to be shown (RFC 9110, section 11). */

export interface Challenge {
  /** In small letters: `bearer`, `basic`. */
  readonly scheme: string;
  /** Names in small letters; the first of several of one name counts. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** Longest header that is looked at, in characters. */
const LENGTH_LIMIT = 16 * 1024;

const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const PARAMETER = /([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([!#$%&'*+.^_`|~0-9A-Za-z:/?-]+))/y;
const TOKEN68 = /[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|$))/y;
const SPACE = /[ \t]*/y;
const SEPARATORS = /[ \t,]*/y;

/**
 * The challenges of one header's value, of which there may be several (`Basic realm="a", Bearer realm="b",service="c"`). What cannot be
 * read is skipped up to the next comma: a strange scheme must not hide one that we know.
 */
export function parseChallenges(header: string): Challenge[] {
  const text = header.slice(0, LENGTH_LIMIT);
  const found: Challenge[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) at = pattern.lastIndex;
    return match;
  };
  while (at < text.length) {
    take(SEPARATORS);
    const current = found.at(-1);
    const parameter = take(PARAMETER);
    if (parameter !== null && current !== undefined) {
      addParameter(current.parameters as Record<string, string>, parameter);
      continue;
    }
    const scheme = parameter === null ? take(TOKEN) : null;
    if (scheme !== null) {
      found.push({ scheme: scheme[0].toLowerCase(), parameters: Object.create(null) as Record<string, string> });
      if (take(SPACE)?.[0] !== "") skipToken68();
      continue;
    }
    if (parameter === null) skipToComma();
  }
  return found;

  /** Credentials in one piece (`Negotiate a87421000492aa==`) say nothing to us; a parameter looks alike up to its `=`. */
  function skipToken68(): void {
    const start = at;
    if (take(PARAMETER) !== null) at = start;
    else take(TOKEN68);
  }

  function skipToComma(): void {
    const comma = text.indexOf(",", at + 1);
    at = comma < 0 ? text.length : comma;
  }
}

function addParameter(parameters: Record<string, string>, match: RegExpExecArray): void {
  const name = match[1]!.toLowerCase();
  parameters[name] ??= match[2] === undefined ? match[3]! : match[2].replace(/\\(.)/g, "$1");
}
