import { load, YAMLException } from "js-yaml";
import { MAX_BYTES } from "./bytes.ts";
import { PositionRecorder } from "./positions.ts";
import { printable, shown } from "./shown.ts";
import { isTree, type Tree } from "./tree.ts";
import { PlainScalar, YAML_1_1 } from "./yaml.ts";
import { fromYaml, invalidYaml, placeAt, placesIn } from "./yaml-problem.ts";

/** A YAML file as plain values that know where they stand. */
export interface FdlDocument {
  /** As the user named it. */
  readonly file: string;
  readonly value: Tree;
  /** `file:line:column` of a value, or of its key where it has none, or where the key is asked for. */
  locate(path: string, part?: "key"): string;
}

/** Values after the anchors are expanded; a file that has more is made to explode. */
const MAX_VALUES = 100_000;
/** Levels: an FDL has some ten. */
const MAX_DEPTH = 100;

/**
 * Reads an FDL. Throws ScarError `InvalidYaml` (exit code 2) with `file:line:column` and the line itself, for what is not YAML, not one
 * document or not a mapping.
 */
export function parseFdl(withMark: string, file: string): FdlDocument {
  if (withMark.length > MAX_BYTES) throw invalidYaml(file, "is larger than 1 MiB: too much for an FDL");
  const text = withMark.replace(/^\uFEFF/, "");
  refuseControlCharacters(text, file);
  const recorder = new PositionRecorder();
  let loaded: unknown;
  try {
    loaded = load(text, { schema: YAML_1_1, listener: recorder.listen });
  } catch (error) {
    if (error instanceof YAMLException) throw fromYaml(error, text, file);
    // The library reads level by level, and the stack has an end.
    if (error instanceof RangeError) throw invalidYaml(file, "is nested too deeply");
    throw error;
  }
  if (text.trim() === "" || loaded === undefined || isNull(loaded)) {
    throw invalidYaml(file, "the file is empty: an FDL begins with 'functions:'");
  }
  const positions = recorder.positions(text);
  const { values, keys } = positions;
  const place = placesIn(file, text);
  const locate = (path: string, part?: "key"): string =>
    place(part === "key" ? nearestOffset(path, keys, values) : nearestOffset(path, values, keys));
  for (const offset of positions.complexKeys) {
    throw invalidYaml(placeAt(file, text, offset), "a key must be text, not a list or a mapping");
  }
  const value = new Expansion(locate).plain(loaded, [], "", 0);
  if (!isTree(value)) {
    const found = Array.isArray(value) ? "a list" : shown(value);
    throw invalidYaml(`${file}:1:1`, `a mapping with the key 'functions' is expected, not ${found}`);
  }
  return { file, value, locate };
}

const isNull = (value: unknown): boolean => value === null || (value instanceof PlainScalar && value.value === null);

/** What YAML allows besides line breaks and tabs; the library would not say where it stands. */
const CONTROL = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u0084\u0086-\u009F\uFFFE\uFFFF]/;

function refuseControlCharacters(text: string, file: string): void {
  const found = CONTROL.exec(text);
  if (found === null) return;
  throw invalidYaml(placeAt(file, text, found.index), `has a control character (${printable(found[0])}): remove it`);
}

/** Turns what js-yaml made into plain values of its own, with the anchors expanded. */
class Expansion {
  readonly #locate: (path: string) => string;
  #values = 0;

  constructor(locate: (path: string) => string) {
    this.#locate = locate;
  }

  plain(value: unknown, keys: readonly string[], path: string, depth: number): unknown {
    if (++this.#values > MAX_VALUES || depth > MAX_DEPTH) {
      throw invalidYaml(this.#locate(path), "its anchors expand to too many values: write out what is meant");
    }
    if (value === null) return isVariable(keys) ? "" : null;
    if (value instanceof PlainScalar) return isVariable(keys) ? variableText(value) : value.value;
    if (Array.isArray(value)) {
      return value.map((item, i) => this.plain(item, [...keys, "[]"], `${path}[${i}]`, depth + 1));
    }
    if (!isTree(value)) return value;
    const entries = Object.entries(value).map(([key, item]) => {
      const inner = path === "" ? key : `${path}.${key}`;
      return [key, this.plain(item, [...keys, key], inner, depth + 1)];
    });
    return Object.fromEntries(entries);
  }
}

/** `….environment.Variables.NAME` */
function isVariable(path: readonly string[]): boolean {
  return path.at(-2) === "Variables" && path.at(-3) === "environment";
}

/** A variable keeps its text; an explicit null unsets it, as it does everywhere. */
function variableText(scalar: PlainScalar): string | null {
  return scalar.value === null ? null : scalar.text;
}

function nearestOffset(path: string, ...maps: readonly ReadonlyMap<string, number>[]): number {
  for (let at = path; at !== ""; at = at.replace(/(?:\.[^.[\]]*|\[\d+\]|^[^.[\]]*)$/, "")) {
    for (const map of maps) {
      const offset = map.get(at);
      if (offset !== undefined) return offset;
    }
  }
  return 0;
}
