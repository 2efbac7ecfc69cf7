import type { Problem } from "../errors.ts";
import type { Field, MapField } from "./fields.ts";
import { storagePathProblem } from "./storage-path.ts";
import { nearest } from "./suggest.ts";
import { isTree } from "./tree.ts";

/** All that is wrong with a value, and all that is merely unknown. */
export interface Findings {
  readonly problems: Problem[];
  /** Fields that no one reads: old files go on working. */
  readonly unknown: Problem[];
}

/** Where a value comes from, for the problem's text: a file's line, or a flag. */
export type Locate = (path: string) => Partial<Problem>;

/** Checks a value of a file or of the command line against its field. Collects every problem; `null` is "not set" anywhere. */
export function validate(value: unknown, field: Field, path: string, locate: Locate): Findings {
  const findings: Findings = { problems: [], unknown: [] };
  check(value, field, path, locate, findings);
  return findings;
}

function check(value: unknown, field: Field, path: string, locate: Locate, found: Findings): void {
  if (value === null || value === undefined) return;
  const report = (message: string): void => {
    found.problems.push({ path, message, ...locate(path) });
  };
  switch (field.kind) {
    case "any":
      return;
    case "map":
      if (isTree(value)) checkMap(value, field, path, locate, found);
      else report(`must be a mapping, not ${shown(value)}`);
      return;
    case "list":
      if (!Array.isArray(value)) report(`must be a list, not ${shown(value)}`);
      else if (field.max !== undefined && value.length > field.max)
        report(`must have at most ${field.max}, not ${value.length}`);
      else for (const [i, item] of value.entries()) checkItem(item, field.of, `${path}[${i}]`, locate, found);
      return;
    case "variables":
      if (!isTree(value)) report(`must be a mapping of names to values, not ${shown(value)}`);
      else checkVariables(value, path, locate, found);
      return;
    case "boolean":
      if (typeof value !== "boolean") report(`must be true or false, not ${shown(value)}`);
      return;
    case "integer":
      if (!Number.isInteger(value) || (value as number) < field.min || (value as number) > field.max) {
        report(`must be a whole number ${bounds(field.min, field.max)}, not ${shown(value)}`);
      }
      return;
    case "storage-path": {
      const wrong = typeof value === "string" ? storagePathProblem(value) : `must be text, not ${shown(value)}`;
      if (wrong !== undefined) report(wrong);
      return;
    }
    case "secret":
      if (typeof value !== "string" || value === "") report("must be text (put it in quotes)");
      return;
    case "text":
      checkText(value, field, report);
      return;
  }
}

function bounds(min: number, max: number): string {
  return max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
}

function checkItem(item: unknown, field: Field, path: string, locate: Locate, found: Findings): void {
  if (item === null) found.problems.push({ path, message: "is empty", ...locate(path) });
  else check(item, field, path, locate, found);
}

function checkText(value: unknown, field: Extract<Field, { kind: "text" }>, report: (message: string) => void): void {
  if (typeof value !== "string") {
    report(`must be text, not ${shown(value)}${typeof value === "object" ? "" : " (put it in quotes)"}`);
  } else if (field.values && !field.values.some((known) => known.toLowerCase() === value.toLowerCase())) {
    report(`must be one of ${field.values.join(", ")}, not ${shown(value)}`);
  } else if (field.pattern && !field.pattern.test(value)) {
    report(`must be ${field.expected ?? "of another form"}, not ${shown(value)}`);
  }
}

function checkMap(
  value: { readonly [key: string]: unknown },
  field: MapField,
  path: string,
  locate: Locate,
  found: Findings,
): void {
  const known = Object.keys(field.fields);
  for (const [key, item] of Object.entries(value)) {
    const inner = path === "" ? key : `${path}.${key}`;
    if (Object.hasOwn(field.fields, key)) check(item, field.fields[key]!, inner, locate, found);
    else {
      const near = nearest(key, known);
      const hint = near === undefined ? "" : `; did you mean '${near}'?`;
      found.unknown.push({ path: inner, message: `unknown field, ignored${hint}`, ...locate(inner) });
    }
  }
  for (const key of field.required ?? []) {
    if (value[key] === undefined || value[key] === null) {
      found.problems.push({ path: path === "" ? key : `${path}.${key}`, message: "is missing", ...locate(path) });
    }
  }
}

function checkVariables(
  value: { readonly [key: string]: unknown },
  path: string,
  locate: Locate,
  found: Findings,
): void {
  for (const [name, item] of Object.entries(value)) {
    const inner = `${path}.${name}`;
    const report = (message: string): void => {
      found.problems.push({ path: inner, message, ...locate(inner) });
    };
    if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)) {
      report("the name of a variable has letters, digits and '_', and begins with no digit");
    } else if (typeof item === "object" && item !== null) report(`must be text, not ${shown(item)}`);
    else if (typeof item === "string" && item.includes("\0")) report("must not contain a NUL character");
  }
}

/** A value as a message shows it: short, and never a whole structure. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  if (typeof value !== "string") return String(value);
  return `'${value.length > 60 ? `${value.slice(0, 57)}…` : value}'`;
}
