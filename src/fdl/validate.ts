import type { Problem } from "../errors.ts";
import { NO_ORIGINS, type Origins } from "./environment.ts";
import type { Field, IdsField, IntegerField, ListField, TextField } from "./field.ts";
import { isPrivate, kindOf, printable, shown } from "./shown.ts";
import { storagePathProblem } from "./storage-path.ts";
import { isTree, type Tree } from "./tree.ts";
import { checkMap } from "./validate-map.ts";
import { checkVariables } from "./validate-variables.ts";

/** All that is wrong with a value, and all that is merely unknown. */
export interface Findings {
  readonly problems: Problem[];
  /** Fields that no one reads: old files go on working. */
  readonly unknown: Problem[];
}

/** Where a value, or its key, comes from, for the problem's text: a file's line, or a flag. */
export type Locate = (path: string, part?: "key") => Partial<Problem>;

/** What a check knows besides the value. */
export interface Validation {
  problem(path: string, message: string, at?: string): void;
  unknown(path: string, message: string): void;
  /** A wrong value as its message shows it. */
  shown(value: unknown, path: string): string;
  /** Whether the value came from an environment variable. */
  isFromVariable(path: string): boolean;
  check(value: unknown, field: Field, path: string, siblings?: Tree): void;
}

/**
 * Checks a value of a file or of the command line against its field. Collects every problem; `null` is "not set" anywhere. `origins` are
 * those of the values that came from environment variables.
 */
export function validate(
  value: unknown,
  field: Field,
  path: string,
  locate: Locate,
  origins: Origins = NO_ORIGINS,
): Findings {
  const findings: Findings = { problems: [], unknown: [] };
  const validation: Validation = {
    problem: (at, message, place = at) => {
      findings.problems.push({ path: printable(at), message, ...locate(place) });
    },
    unknown: (at, message) => {
      findings.unknown.push({ path: printable(at), message, ...locate(at, "key") });
    },
    shown: (item, at) => {
      const written = origins.written.get(at);
      if (written !== undefined) return `the value of ${shown(written)}`;
      return isPrivate(at) ? kindOf(item) : shown(item);
    },
    isFromVariable: (at) => origins.written.has(at),
    check: (item, of, at, siblings = {}) => {
      if (item === null || item === undefined || origins.unset.has(at)) return;
      checkField(item, of, at, validation, siblings);
    },
  };
  validation.check(value, field, path);
  return findings;
}

/** One problem at most, and those of what is inside. */
function checkField(value: unknown, field: Field, path: string, on: Validation, siblings: Tree): void {
  const must = (what: string, advice = ""): void => {
    on.problem(path, `must be ${what}, not ${on.shown(value, path)}${advice}`);
  };
  /** What to do about a text that looks like the right value. */
  const asText = (text: unknown, like: RegExp): string => {
    if (on.isFromVariable(path)) return " (what a variable gives is text)";
    return typeof text === "string" && like.test(text) ? " (write it without quotes)" : "";
  };
  switch (field.kind) {
    case "any":
      break;
    case "map":
      if (isTree(value)) checkMap(value, field, path, on);
      else must("a mapping");
      break;
    case "ids":
      if (isTree(value)) checkIds(value, field, path, on);
      else must(`a mapping of ${field.key} to its settings`);
      break;
    case "list":
      if (Array.isArray(value)) checkList(value, field, path, on);
      else must("a list");
      break;
    case "variables":
      if (isTree(value)) checkVariables(value, path, on);
      else must("a mapping of names to values");
      break;
    case "json":
      if (typeof value !== "string" && typeof value !== "object") must("a mapping, or JSON as text");
      break;
    case "boolean":
      if (typeof value !== "boolean") must("true or false", asText(value, /^(true|false)$/i));
      break;
    case "integer":
      if (!isOf(value, field)) must(numbers(field), asText(value, /^\d+$/));
      break;
    case "storage-path":
      checkStoragePath(value, siblings["storage_provider"], path, on);
      break;
    case "secret":
      if (typeof value !== "string" || (value === "" && !field.empty))
        on.problem(path, "must be text (put it in quotes)");
      break;
    case "text":
      checkText(value, field, must);
      break;
  }
}

function isOf(value: unknown, field: IntegerField): boolean {
  const number = field.digits && typeof value === "string" && NUMBER.test(value) ? Number(value) : value;
  const integer = number as number;
  if (field.fractions?.includes(integer)) return true;
  return (
    Number.isInteger(number) &&
    integer >= field.min &&
    integer <= field.max &&
    (field.values?.includes(integer) ?? true)
  );
}

const NUMBER = /^\d{1,15}(\.\d{1,6})?$/;

function numbers({ min, max, values, fractions = [] }: IntegerField): string {
  if (values) return `one of ${values.join(", ")}`;
  const others = fractions.map((fraction) => `${fraction} or `).join("");
  const bounds = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  return `${others}a whole number ${bounds}`;
}

function checkText(value: unknown, field: TextField, must: (what: string, advice?: string) => void): void {
  const { values, anyCase, pattern } = field;
  const same = (known: string): boolean =>
    anyCase ? known.toLowerCase() === String(value).toLowerCase() : known === value;
  if (typeof value !== "string") must("text", typeof value === "object" ? "" : " (put it in quotes)");
  else if (values && !values.some(same)) must(`one of ${values.join(", ")}`);
  else if (pattern && !pattern.test(value)) must(field.expected ?? "of another form");
}

function checkStoragePath(value: unknown, provider: unknown, path: string, on: Validation): void {
  const wrong =
    typeof value === "string"
      ? storagePathProblem(value, provider, (part) => on.shown(part, path))
      : `must be text, not ${on.shown(value, path)}`;
  if (wrong !== undefined) on.problem(path, wrong);
}

function checkList(value: readonly unknown[], field: ListField, path: string, on: Validation): void {
  if (field.max !== undefined && value.length > field.max) {
    on.problem(path, `must have at most ${field.max}, not ${value.length}`);
    return;
  }
  for (const [i, item] of value.entries()) {
    if (item === null) on.problem(`${path}[${i}]`, "is empty");
    else on.check(item, field.of, `${path}[${i}]`);
  }
}

function checkIds(value: Tree, field: IdsField, path: string, on: Validation): void {
  const names = Object.keys(value);
  if (field.single && names.length !== 1) {
    on.problem(path, `must have one key, ${field.key}, with everything else below it, not ${names.length} keys`);
  }
  for (const name of names) {
    const inner = path === "" ? name : `${path}.${name}`;
    if (!/^\S+$/.test(name)) on.problem(inner, `${field.key} has no spaces and is not empty`);
    else on.check(value[name], field.of, inner);
  }
}
