import type { MapField } from "./field.ts";
import { nearest } from "./suggest.ts";
import type { Tree } from "./tree.ts";
import type { Validation } from "./validate.ts";

export function checkMap(value: Tree, field: MapField, path: string, on: Validation): void {
  const inner = (key: string): string => (path === "" ? key : `${path}.${key}`);
  for (const [key, item] of Object.entries(value)) {
    if (Object.hasOwn(field.fields, key)) on.check(item, field.fields[key]!, inner(key), value);
    else if (!(field.extensible && key.startsWith("x-")))
      on.unknown(inner(key), `unknown field, ignored${hint(key, field)}`);
  }
  for (const key of field.required ?? []) {
    if (value[key] === undefined || value[key] === null) on.problem(inner(key), "is missing", path);
  }
  for (const { key, message } of field.rule?.(value) ?? []) on.problem(inner(key), message);
}

function hint(key: string, { fields, moved }: MapField): string {
  const near = moved && Object.hasOwn(moved, key) ? moved[key] : nearest(key, Object.keys(fields));
  return near === undefined ? "" : `; did you mean '${near}'?`;
}
