/** Values and paths as a message shows them: on one line, short, and nothing that may be secret. */

/** A value: never a whole structure, text without control characters. */
export function shown(value: unknown): string {
  if (typeof value === "string") return `'${printable(value.length > 60 ? `${value.slice(0, 57)}…` : value)}'`;
  return typeof value === "object" ? kindOf(value) : String(value);
}

/** What a value is, without the value. */
export function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return value === null ? "nothing" : "a mapping";
  return { string: "text", number: "a number", boolean: "true or false" }[typeof value as string] ?? "another kind";
}

/** Control characters and the like as escapes: a file must not move the terminal's cursor. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (char) => {
    const known = { "\n": "\\n", "\r": "\\r", "\t": "\\t" }[char];
    return known ?? `\\u${char.codePointAt(0)!.toString(16).padStart(4, "0")}`;
  });
}

/** Whether values below this path are no one's business. */
export function isPrivate(path: string): boolean {
  return /(?:^|\.)(?:storage_providers|registry_auth|auth_password)(?:[.[]|$)/.test(path);
}
