/** Random values that a field takes, from the field's own data. */
import fc from "fast-check";
import type { Field, MapField, TextField } from "../../src/fdl/field.ts";

const id = fc.stringMatching(/^[a-z]{3,6}$/);

export function validValue(field: Field): fc.Arbitrary<unknown> {
  switch (field.kind) {
    case "map":
      return validMap(field);
    case "ids":
      return fc.dictionary(id, validValue(field.of), { maxKeys: field.single ? 1 : 2, minKeys: field.single ? 1 : 0 });
    case "list":
      return fc.array(validValue(field.of), { maxLength: Math.min(field.max ?? 3, 3) });
    case "boolean":
      return fc.boolean();
    case "integer":
      return field.values
        ? fc.constantFrom(...field.values)
        : fc.integer({ min: field.min, max: Math.min(field.max, 2 ** 31) });
    case "secret":
      return fc.stringMatching(/^s-[a-z0-9]{1,8}$/);
    case "storage-path":
      return fc.constantFrom("bucket", "a-bucket/in", "my.bucket/a b/ñ", "/bucket/in/");
    case "variables":
      return fc.dictionary(fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,5}$/), fc.constantFrom("a", "1.10", "x y"), {
        maxKeys: 2,
      });
    case "json":
      return fc.constantFrom("{}", { a: "b" }, [1, 2]);
    case "any":
      return fc.constantFrom(1, "a", [1], { a: 1 });
    case "text":
      return fc.constantFrom(...textsOf(field));
  }
}

/** Some texts that the field takes; every field has one. */
export function textsOf({ values, anyCase, pattern, example }: TextField): string[] {
  if (values) return anyCase ? [...values, ...values.map((value) => value.toLowerCase())] : [...values];
  const tried = [
    "",
    "some text",
    "text",
    "arn:aws:iam::123456789012:role/x",
    ...(example === undefined ? [] : [example]),
  ];
  return tried.filter((text) => pattern?.test(text) ?? true);
}

function validMap(field: MapField): fc.Arbitrary<unknown> {
  const entries = Object.entries(field.fields).map(([key, inner]) => [key, validValue(inner)]);
  return fc
    .record(Object.fromEntries(entries) as Record<string, fc.Arbitrary<unknown>>, {
      requiredKeys: [...(field.required ?? [])],
    })
    .map((value) => Object.fromEntries(Object.entries(value)))
    .filter((value) => (field.rule?.(value) ?? []).length === 0);
}
