/** The fields of an FDL as paths, for tests that ask whether something names all of them. */
import type { Field } from "../../src/fdl/field.ts";

/** Paths of the leaves (`functions.aws.lambda.memory`); elements of lists and the keys of the user's own maps have no name in them. */
export function leafPaths(field: Field, path = ""): string[] {
  switch (field.kind) {
    case "map":
      return Object.entries(field.fields).flatMap(([key, inner]) =>
        leafPaths(inner, path === "" ? key : `${path}.${key}`),
      );
    case "list":
      return leafPaths(field.of, path);
    case "ids":
      return leafPaths(field.of, `${path}.*`);
    default:
      return [path];
  }
}

/** The same of a document: what is below lists and maps of the user's own counts once. */
export function isNamed(value: unknown, path: string): boolean {
  if (Array.isArray(value)) return value.some((item) => isNamed(item, path));
  if (path === "") return true;
  if (typeof value !== "object" || value === null) return false;
  const [key, ...rest] = path.split(".");
  const below = key === "*" ? Object.values(value) : [(value as Record<string, unknown>)[key!]];
  return below.some((item) => item !== undefined && isNamed(item, rest.join(".")));
}
