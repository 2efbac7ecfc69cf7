/**
 * Checks a value against a JSON Schema (draft-07), as far as ours uses it; a keyword that it does not know is an error. Gives the
 * innermost places that are wrong, as JSON pointers.
 */
type Schema = Readonly<Record<string, unknown>>;
type Wrong = readonly [pointer: string, keyword: string];

const ANNOTATIONS = new Set(["$schema", "title", "description", "default", "definitions"]);

export function schemaProblems(root: Schema, value: unknown): Wrong[] {
  return check(root, value, "", root);
}

function check(schema: Schema, value: unknown, at: string, root: Schema): Wrong[] {
  return Object.entries(schema).flatMap(([keyword, rule]) => {
    if (ANNOTATIONS.has(keyword)) return [];
    const applied = KEYWORDS[keyword];
    if (applied === undefined) throw new Error(`the schema has '${keyword}', which this checker does not know`);
    return applied(rule as never, value, at, root, schema);
  });
}

type Keyword = (rule: never, value: unknown, at: string, root: Schema, schema: Schema) => Wrong[];
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const verdict = (isRight: boolean, at: string, keyword: string): Wrong[] => (isRight ? [] : [[at, keyword]]);
const isString = (value: unknown): value is string => typeof value === "string";
const isNumber = (value: unknown): value is number => typeof value === "number";
const matches = (pattern: string, text: string): boolean => new RegExp(pattern, "u").test(text);

function isType(type: string, value: unknown): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value);
    case "object":
      return isObject(value);
    case "integer":
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

const KEYWORDS: Readonly<Record<string, Keyword>> = {
  type: (rule: string | string[], value, at) =>
    verdict(
      [rule].flat().some((type) => isType(type, value)),
      at,
      "type",
    ),
  enum: (rule: unknown[], value, at) => verdict(rule.includes(value), at, "enum"),
  minimum: (rule: number, value, at) => verdict(!isNumber(value) || value >= rule, at, "minimum"),
  maximum: (rule: number, value, at) => verdict(!isNumber(value) || value <= rule, at, "maximum"),
  minLength: (rule: number, value, at) => verdict(!isString(value) || [...value].length >= rule, at, "minLength"),
  pattern: (rule: string, value, at) => verdict(!isString(value) || matches(rule, value), at, "pattern"),
  maxItems: (rule: number, value, at) => verdict(!Array.isArray(value) || value.length <= rule, at, "maxItems"),
  minProperties: (rule: number, value, at) =>
    verdict(!isObject(value) || Object.keys(value).length >= rule, at, "minProperties"),
  maxProperties: (rule: number, value, at) =>
    verdict(!isObject(value) || Object.keys(value).length <= rule, at, "maxProperties"),
  required: (rule: string[], value, at) =>
    verdict(!isObject(value) || rule.every((key) => Object.hasOwn(value, key)), at, "required"),
  items: (rule: Schema, value, at, root) =>
    Array.isArray(value) ? value.flatMap((item, i) => check(rule, item, `${at}/${i}`, root)) : [],
  properties: (rule: Record<string, Schema>, value, at, root) =>
    !isObject(value)
      ? []
      : Object.entries(value).flatMap(([key, item]) =>
          Object.hasOwn(rule, key) ? check(rule[key]!, item, `${at}/${key}`, root) : [],
        ),
  patternProperties: (rule: Record<string, Schema>, value, at, root) =>
    !isObject(value)
      ? []
      : Object.entries(rule).flatMap(([pattern, inner]) =>
          Object.entries(value).flatMap(([key, item]) =>
            matches(pattern, key) ? check(inner, item, `${at}/${key}`, root) : [],
          ),
        ),
  propertyNames: (rule: Schema, value, at, root) =>
    isObject(value) ? Object.keys(value).flatMap((key) => check(rule, key, at, root)) : [],
  additionalProperties: (rule: Schema | false, value, at, root, schema) => {
    if (!isObject(value)) return [];
    const patterns = Object.keys((schema["patternProperties"] ?? {}) as object);
    const others = Object.entries(value).filter(
      ([key]) =>
        !Object.hasOwn((schema["properties"] ?? {}) as object, key) &&
        !patterns.some((pattern) => matches(pattern, key)),
    );
    if (rule === false) return verdict(others.length === 0, at, "additionalProperties");
    return others.flatMap(([key, item]) => check(rule, item, `${at}/${key}`, root));
  },
  anyOf: (rule: Schema[], value, at, root) => {
    const found = rule.map((inner) => check(inner, value, at, root));
    return verdict(
      found.some((wrong) => wrong.length === 0),
      at,
      "anyOf",
    );
  },
  $ref: (rule: string, value, at, root) => {
    const target = rule
      .slice(2)
      .split("/")
      .reduce<unknown>((schema, key) => (schema as Schema)[key], root);
    return check(target as Schema, value, at, root);
  },
};
