/** The fields of an FDL as a JSON Schema (draft-07, which the editors' YAML servers know best). */
import type { Field, IntegerField, TextField } from "../src/fdl/field.ts";
import { defaultOf, noteOf } from "./about.ts";

type Schema = Readonly<Record<string, unknown>>;

/** A text may be the value of an environment variable instead. */
const FROM_ENVIRONMENT = { $ref: "#/definitions/fromEnvironment" };

export function jsonSchema(fdl: Field): Schema {
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "SCAR functions definition file (FDL)",
    ...schemaOf(fdl, ""),
    definitions: {
      fromEnvironment: { type: "string", pattern: "\\$\\{env:[A-Za-z_][A-Za-z0-9_]*\\}" },
    },
  };
}

function schemaOf(field: Field, path: string): Schema {
  const description = [field.about, noteOf(path)].filter(Boolean).join(" ");
  const standard = defaultOf(path);
  return {
    ...(description === "" ? {} : { description }),
    ...(standard === undefined ? {} : { default: standard }),
    ...valueSchema(field, path),
  };
}

/** `null` is "not set" everywhere but in lists and for what is required. */
function orNull(schema: Schema): Schema {
  const { description, default: standard, ...value } = schema;
  const about = { ...(description ? { description } : {}), ...(standard === undefined ? {} : { default: standard }) };
  if (Object.keys(value).length === 0) return schema;
  return typeof value["type"] === "string" && value["enum"] === undefined
    ? { ...about, ...value, type: [value["type"], "null"] }
    : { ...about, anyOf: [...((value["anyOf"] as Schema[] | undefined) ?? [value]), { type: "null" }] };
}

function valueSchema(field: Field, path: string): Schema {
  switch (field.kind) {
    case "any":
      return {};
    case "json":
      return { anyOf: [{ type: "string" }, { type: "object" }, { type: "array" }] };
    case "boolean":
      return { type: "boolean" };
    case "integer":
      return integerSchema(field);
    case "text":
      return textSchema(field);
    case "secret":
      return { type: "string", ...(field.empty ? {} : { minLength: 1 }) };
    case "storage-path":
      return { type: "string", pattern: "[^/]" };
    case "variables":
      return {
        type: "object",
        propertyNames: { pattern: "^[a-zA-Z_][a-zA-Z0-9_]*$" },
        additionalProperties: { type: ["string", "number", "boolean", "null"] },
      };
    case "list": {
      const items = schemaOf(field.of, path);
      return { type: "array", items, ...(field.max === undefined ? {} : { maxItems: field.max }) };
    }
    case "ids":
      return {
        type: "object",
        propertyNames: { pattern: "^\\S+$" },
        additionalProperties: orNull(schemaOf(field.of, `${path}.*`)),
        ...(field.single ? { minProperties: 1, maxProperties: 1 } : {}),
      };
    case "map": {
      const required = field.required ?? [];
      const properties = Object.entries(field.fields).map(([key, inner]) => {
        const schema = schemaOf(inner, path === "" ? key : `${path}.${key}`);
        return [key, required.includes(key) ? schema : orNull(schema)];
      });
      return {
        type: "object",
        properties: Object.fromEntries(properties),
        ...(required.length > 0 ? { required } : {}),
        ...(field.extensible ? { patternProperties: { "^x-": {} } } : {}),
        additionalProperties: false,
      };
    }
  }
}

function integerSchema({ min, max, values, digits, fractions }: IntegerField): Schema {
  const maximum = max === Number.MAX_SAFE_INTEGER ? {} : { maximum: max };
  if (values) return { type: "integer", enum: values };
  const integer = { type: "integer", minimum: min, ...maximum };
  const others = [
    ...(fractions ? [{ type: "number", enum: fractions }] : []),
    ...(digits ? [{ type: "string", pattern: "^\\d{1,15}(\\.\\d{1,6})?$" }] : []),
  ];
  return others.length > 0 ? { anyOf: [integer, ...others] } : integer;
}

function textSchema({ values, anyCase, pattern }: TextField): Schema {
  if (values) {
    const caseless = { type: "string", pattern: `^(${values.map(inAnyCase).join("|")})$` };
    return { anyOf: [{ type: "string", enum: values }, ...(anyCase ? [caseless] : []), FROM_ENVIRONMENT] };
  }
  if (!pattern) return { type: "string" };
  return { anyOf: [{ type: "string", pattern: pattern.source }, FROM_ENVIRONMENT] };
}

const inAnyCase = (word: string): string =>
  word.replace(/[a-z]/gi, (letter) => `[${letter.toLowerCase()}${letter.toUpperCase()}]`);
