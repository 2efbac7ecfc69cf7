/** Conditions of resources' policies: `StringLike` is `like`. */
import { like } from "./wildcards.ts";

/** `ArnLike`: the pattern is matched inside each of the six parts. */
export function arnLike(pattern: string, arn: string): boolean {
  const [patterns, parts] = [split(pattern), split(arn)];
  return patterns.length === parts.length && patterns.every((part, i) => like(part, parts[i]!));
}

function split(arn: string): string[] {
  const parts = arn.split(":");
  return parts.length <= 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(":")];
}
