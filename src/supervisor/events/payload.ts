export type Mapping = Readonly<Record<string, unknown>>;

export function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value of a JSON text; undefined when it is none, or not a text. */
export function fromJson(text: unknown): unknown {
  if (typeof text !== "string") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A value as text. Not `String`, which calls what an object of the user's may have as its `toString`. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

/** Names of a payload's keys that a log line holds. */
const NAMED = 10;

/** What a payload looks like, by its form and keys: its values are the user's, and may be secret. */
export function shapeOf(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (!isMapping(value)) return typeof value === "string" ? "a text" : `a ${typeof value}`;
  const keys = Object.keys(value).map((key) => `'${key.length > 40 ? `${key.slice(0, 40)}…` : key}'`);
  if (keys.length === 0) return "an empty object";
  const more = keys.length > NAMED ? ` and ${keys.length - NAMED} more` : "";
  return `an object with ${keys.slice(0, NAMED).join(", ")}${more}`;
}
