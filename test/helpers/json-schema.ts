import { Ajv } from "ajv";

const compiled = new Map<object, ReturnType<Ajv["compile"]>>();

/** The places of a value that a JSON Schema (draft-07) refuses, as JSON pointers. */
export function schemaProblems(schema: object, value: unknown): string[] {
  const validate = compiled.get(schema) ?? new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema);
  compiled.set(schema, validate);
  if (validate(value)) return [];
  // Of alternatives that all fail, the choice itself is told.
  const found = (validate.errors ?? []).filter(({ schemaPath }) => !/\/anyOf\/\d/.test(schemaPath));
  return [...new Set(found.map(({ instancePath }) => instancePath))];
}
