/** Patch operations of the Update… calls: which paths a record has, and what they do to it. */
import { AwsError, notServed } from "../service.ts";
import { badRequest } from "./errors.ts";
import type { Input } from "./input.ts";

/**
 * What a path's first part names: a text, a flag, a number, a map (`/variables/NAME`), a map of flags, or a list that is used as a set
 * (`/binaryMediaTypes/image~1png`).
 */
export type PatchKind = "text" | "flag" | "integer" | "map" | "flag-map" | "set";
export type PatchPaths = Readonly<Record<string, PatchKind>>;

interface PatchOperation {
  readonly op: string;
  /** Its path's parts, decoded. */
  readonly parts: readonly string[];
  readonly path: string;
  readonly value: string | undefined;
}

const OPS = ["add", "remove", "replace", "copy", "move", "test"];

/** The record after the operations, in order. Throws `BadRequestException`; a path that AWS knows and that is not served: 501. */
export function applyPatch<T extends object>(
  record: T,
  input: Input,
  paths: PatchPaths,
  { operation, unserved = /^$/ }: { readonly operation: string; readonly unserved?: RegExp },
): T {
  const after: Record<string, unknown> = Object.fromEntries(Object.entries(record));
  for (const patch of readOperations(input)) {
    if (unserved.test(patch.path)) throw notServed(`${operation} of ${patch.path}`);
    if (patch.op === "copy" || patch.op === "move" || patch.op === "test") {
      throw notServed(`${operation} with the patch operation '${patch.op}'`);
    }
    const [name = "", key, ...more] = patch.parts;
    const kind = Object.hasOwn(paths, name) ? paths[name] : undefined;
    const keyed = kind === "map" || kind === "flag-map" || kind === "set";
    if (kind === undefined || keyed !== (key !== undefined) || more.length > 0) throw badPath(patch, paths);
    after[name] = keyed ? changedMember(after[name], key!, patch, kind) : changed(patch, kind);
  }
  return after as T;
}

function readOperations(input: Input): readonly PatchOperation[] {
  const list = input["patchOperations"] ?? [];
  if (!Array.isArray(list)) throw new AwsError(400, "SerializationException", "patchOperations is not a list");
  return list.map((one: unknown) => {
    const { op, path = "", value } = (one ?? {}) as Readonly<Record<string, unknown>>;
    if (typeof op !== "string" || !OPS.includes(op))
      throw badRequest(`Invalid patch operation '${String(op)}' specified`);
    if (typeof path !== "string" || !path.startsWith("/"))
      throw badRequest(`Invalid patch path '${String(path)}' specified`);
    const parts = path
      .slice(1)
      .split("/")
      .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
    return { op, path, parts, value: value === undefined || value === null ? undefined : String(value) };
  });
}

function changed(patch: PatchOperation, kind: "text" | "flag" | "integer"): unknown {
  if (patch.op === "remove") return undefined;
  const value = requireValue(patch);
  if (kind === "flag") return flagOf(patch, value);
  if (kind === "text") return value;
  if (!/^\d{1,9}$/.test(value)) throw badRequest(`Invalid value '${value}' of ${patch.path} specified: not a number`);
  return Number(value);
}

function changedMember(before: unknown, key: string, patch: PatchOperation, kind: "map" | "flag-map" | "set"): unknown {
  if (kind === "set") {
    const others = ((before ?? []) as readonly string[]).filter((member) => member !== key);
    // As on AWS: `add` takes its member from the path, `replace` puts its value in that one's place.
    if (patch.op === "add") return [...others, key];
    return patch.op === "remove" ? others : [...new Set([...others, requireValue(patch)])];
  }
  const members = new Map(Object.entries((before ?? {}) as Readonly<Record<string, unknown>>));
  if (patch.op === "remove") members.delete(key);
  else members.set(key, kind === "map" ? (patch.value ?? "") : flagOf(patch, patch.value ?? "false"));
  return Object.fromEntries(members);
}

function requireValue(patch: PatchOperation): string {
  if (patch.value === undefined) throw badRequest(`Invalid patch operation '${patch.op}' of ${patch.path}: no value`);
  return patch.value;
}

function flagOf(patch: PatchOperation, value: string): boolean {
  if (value !== "true" && value !== "false") {
    throw badRequest(`Invalid value '${value}' of ${patch.path} specified: neither true nor false`);
  }
  return value === "true";
}

function badPath({ path, op }: PatchOperation, paths: PatchPaths): AwsError {
  const valid = Object.entries(paths).map(([name, kind]) => {
    const keyed = kind === "map" || kind === "flag-map" || kind === "set";
    return keyed ? `/${name}/{key}` : `/${name}`;
  });
  return badRequest(`Invalid patch path  '${path}' specified for op '${op}'. Must be one of: [${valid.join(", ")}]`);
}
