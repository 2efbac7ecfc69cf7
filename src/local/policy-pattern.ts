/** IAM's patterns: `*` stands for any text, `?` for one character. */

/** `StringLike`. */
export function like(pattern: string, value: string): boolean {
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${expression}$`, "s").test(value);
}

/** `ArnLike`: the pattern is matched inside each of the six parts. */
export function arnLike(pattern: string, arn: string): boolean {
  const [patterns, parts] = [split(pattern), split(arn)];
  return patterns.length === parts.length && patterns.every((part, i) => like(part, parts[i]!));
}

function split(arn: string): string[] {
  const parts = arn.split(":");
  return parts.length <= 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(":")];
}
