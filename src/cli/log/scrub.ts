/** What must not stand in a log, whoever wrote it into a message. */
import { isSecretName } from "../../config/secret-names.ts";

const HIDDEN = "***";

/** Short values are words of everyday life: hiding them would blacken the log. */
const SHORTEST_SECRET = 8;

/** Their repetitions are bounded: a log must not delay a command, whatever a message has in it. */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  // Presigned URLs, and what SigV4 puts into headers.
  [
    /((?:X-Amz-(?:Signature|Credential|Security-Token)|AWSAccessKeyId|Signature|Credential)=)[^&\s"',]+/gi,
    `$1${HIDDEN}`,
  ],
  [/\b(Bearer|Basic)\s+[\w+/=.~-]{8,}/g, `$1 ${HIDDEN}`],
  // The password of a URL.
  [/(:\/\/[^/\s:@]*:)[^/\s@]+(?=@)/g, `$1${HIDDEN}`],
  // Identifiers of AWS's keys: no secrets, and nobody's business.
  [/\bA[KS]IA[A-Z0-9]{12,}\b/g, HIDDEN],
];

/** `name=value` and `"name": "value"`. */
const NAMED = [/([\w-]{1,80})(=)([^\s&"',]+)/g, /([\w-]{1,80})("\s{0,9}:\s{0,9}")([^"]+)/g];

/** The text, at most `longest` characters of it, without secrets: those of `known`, and all that looks like one. */
export function scrub(text: string, known: readonly string[], longest: number = Number.POSITIVE_INFINITY): string {
  let clean = text;
  for (const secret of known) clean = clean.replaceAll(secret, HIDDEN);
  // Only now: half a secret would not be known.
  if (clean.length > longest) clean = `${clean.slice(0, longest)}…`;
  for (const [pattern, replacement] of PATTERNS) clean = clean.replace(pattern, replacement);
  for (const pattern of NAMED) {
    clean = clean.replace(pattern, (all: string, name: string, between: string) =>
      isSecretName(name) ? `${name}${between}${HIDDEN}` : all,
    );
  }
  return clean;
}

/** Values of the environment whose names tell that they are secret, and of the variables given with `-e` and `-le`. */
export function knownSecrets(
  env: Readonly<Record<string, string | undefined>>,
  variables: readonly string[],
): readonly string[] {
  const ofEnvironment = Object.entries(env).filter(([name]) => isSecretName(name));
  const ofFlags = variables.map((pair) => pair.slice(pair.indexOf("=") + 1));
  const values = [...ofEnvironment.map(([, value]) => value ?? ""), ...ofFlags];
  // The longest first: a shorter one may be a part of it.
  return values.filter((value) => value.length >= SHORTEST_SECRET).sort((a, b) => b.length - a.length);
}
