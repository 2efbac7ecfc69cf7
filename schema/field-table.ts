/** The fields of one section as a table of docs/fdl.md. */
import type { Field, IntegerField, TextField } from "../src/fdl/field.ts";
import { defaultOf, noteOf } from "./about.ts";

interface Row {
  readonly name: string;
  readonly type: string;
  readonly standard: string;
  readonly meaning: string;
}

/** What the table of a whole FDL has: each of these has a table of its own. */
const TOP = /^[a-z_]+$|^functions\.(aws|oscar)$|^functions\.aws\[\]\.[a-z0-9_]+$|^storage_providers\.[a-z0-9_]+$/;

/** Every field at and below `path`, with names relative to it. */
export function fieldTable(fdl: Field, path: string): string {
  const all = rowsOf(fieldAt(fdl, path), "", path, true);
  const rows = path === "" ? all.filter(({ name }) => TOP.test(name)) : all;
  const lines = rows.map(({ name, type, standard, meaning }) => `| \`${name}\` | ${type} | ${standard} | ${meaning} |`);
  return ["| field | type and bounds | default | meaning |", "|---|---|---|---|", ...lines].join("\n");
}

function fieldAt(field: Field, path: string): Field {
  const [key, ...rest] = path === "" ? [] : path.split(".");
  if (key === undefined) return field.kind === "list" ? field.of : field;
  if (field.kind === "list") return fieldAt(field.of, path);
  const inner = field.kind === "map" ? field.fields[key] : field.kind === "ids" ? field.of : undefined;
  if (inner === undefined) throw new Error(`no field ${key}`);
  return fieldAt(inner, rest.join("."));
}

function rowsOf(field: Field, name: string, path: string, required: boolean): Row[] {
  const inside = insideOf(field, name, path);
  const isStructure = inside.length > 0;
  if (name === "") return inside;
  const standard = defaultOf(path);
  const row: Row = {
    name,
    type: typeOf(field),
    standard: required ? "required" : standard === undefined ? "" : `\`${JSON.stringify(standard)}\``,
    meaning: cell([field.about, ownNote(path, name)].filter(Boolean).join(" ")),
  };
  return isStructure && field.about === undefined ? inside : [row, ...inside];
}

/** What is not served is said once, of the whole. */
function ownNote(path: string, name: string): string | undefined {
  const note = noteOf(path);
  return name.includes(".") && note === noteOf(path.slice(0, path.lastIndexOf("."))) ? undefined : note;
}

function insideOf(field: Field, name: string, path: string): Row[] {
  const below = (key: string): string => (name === "" ? key : `${name}.${key}`);
  switch (field.kind) {
    case "map":
      return Object.entries(field.fields).flatMap(([key, inner]) =>
        rowsOf(inner, below(key), path === "" ? key : `${path}.${key}`, field.required?.includes(key) ?? false),
      );
    case "list":
      return insideOf(field.of, name === "" ? "" : `${name}[]`, path);
    case "ids":
      return insideOf(field.of, below("ID"), `${path}.*`);
    default:
      return [];
  }
}

function typeOf(field: Field): string {
  switch (field.kind) {
    case "map":
      return "mapping";
    case "ids":
      return field.single ? `mapping with one key, ${field.key}` : `mapping by ${field.key}`;
    case "list":
      return `list${field.max === undefined ? "" : ` of at most ${field.max}`}: ${typeOf(field.of)}`;
    case "json":
      return "mapping, or JSON as text";
    case "boolean":
      return "true or false";
    case "integer":
      return integerType(field);
    case "variables":
      return "mapping of names to text";
    case "secret":
      return "text, never shown";
    case "storage-path":
      return "text";
    case "any":
      return "anything";
    case "text":
      return textType(field);
  }
}

function integerType({ min, max, values, fractions = [] }: IntegerField): string {
  if (values) return values.join(", ");
  return max === Number.MAX_SAFE_INTEGER
    ? `whole number, ${min} or more`
    : `${fractions.map((fraction) => `${fraction}, `).join("")}whole number, ${min} to ${max}`;
}

function textType({ values, anyCase, expected }: TextField): string {
  if (values) return `${values.map((value) => `\`${value}\``).join(", ")}${anyCase ? " (in any case)" : ""}`;
  return expected === undefined || expected === "text" ? "text" : `text: ${cell(expected)}`;
}

const cell = (text: string): string => text.replaceAll("|", "\\|");
