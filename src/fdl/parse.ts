import { load, YAMLException } from "js-yaml";
import { EXIT, ScarError } from "../errors.ts";
import { PositionRecorder } from "./positions.ts";
import { isTree, type Tree } from "./tree.ts";
import { PlainScalar, YAML_1_1 } from "./yaml.ts";

/** A YAML file as plain values that know where they stand. */
export interface FdlDocument {
  /** As the user named it. */
  readonly file: string;
  readonly value: Tree;
  /** `file:line:column` of a value, or of its key where it has none. */
  locate(path: string): string;
}

/** Files above are no FDL: 1 MiB. */
const MAX_LENGTH = 1024 * 1024;
/** Values after the anchors are expanded; a file that has more is made to explode. */
const MAX_VALUES = 100_000;

/**
 * Reads an FDL. Throws ScarError `InvalidYaml` (exit code 2) with `file:line:column` and the line itself, for what is not YAML, not one
 * document or not a mapping.
 */
export function parseFdl(text: string, file: string): FdlDocument {
  if (text.length > MAX_LENGTH)
    throw invalid(file, `${text.length} characters are too many for an FDL (at most ${MAX_LENGTH})`);
  const recorder = new PositionRecorder();
  let loaded: unknown;
  try {
    loaded = load(text, { schema: YAML_1_1, listener: recorder.listen });
  } catch (error) {
    if (error instanceof YAMLException) throw fromYaml(error, text, file);
    throw error;
  }
  if (text.trim() === "" || loaded === undefined || isNull(loaded)) throw invalid(file, "the file is empty");
  const value = new Expansion(file).plain(loaded, [], 0);
  if (!isTree(value)) {
    throw invalid(
      `${file}:1:1`,
      `a mapping with the key 'functions' is expected, not ${Array.isArray(value) ? "a list" : `'${String(value)}'`}`,
    );
  }
  const positions = recorder.positions(text);
  return {
    file,
    value,
    locate: (path) => {
      const offset = nearestOffset(path, positions.values, positions.keys);
      return `${file}:${lineAndColumn(text, offset)}`;
    },
  };
}

const isNull = (value: unknown): boolean => value === null || (value instanceof PlainScalar && value.value === null);

function invalid(place: string, message: string): ScarError {
  return new ScarError("InvalidYaml", `${place}: ${message}`, {
    exitCode: EXIT.usage,
    hint: "fdl-example.yaml shows every field of a functions definition file",
  });
}

function fromYaml(error: YAMLException, text: string, file: string): ScarError {
  const mark = error.mark as { line: number; column: number } | undefined;
  if (mark === undefined) return invalid(file, error.reason);
  const line = withoutSecret(text.split(/\r\n|\r|\n/)[mark.line] ?? "");
  // The caret stands under its character also behind tabs.
  const indent = line.slice(0, mark.column).replace(/[^\t]/g, " ");
  return invalid(`${file}:${mark.line + 1}:${mark.column + 1}`, `${error.reason}\n    ${line}\n    ${indent}^`);
}

/** A storage provider's key must not end up in the log of whoever ran this. */
function withoutSecret(line: string): string {
  return line.replace(/((?:key|secret|token|pass|password|credential)s?["']?\s*:\s*).+/i, "$1…");
}

/** Turns what js-yaml made into plain values of its own, with the anchors expanded. */
class Expansion {
  readonly #file: string;
  #values = 0;

  constructor(file: string) {
    this.#file = file;
  }

  plain(value: unknown, path: readonly string[], depth: number): unknown {
    if (++this.#values > MAX_VALUES || depth > 100) throw invalid(this.#file, "its anchors expand to too many values");
    if (value === null) return isVariable(path) ? "" : null;
    if (value instanceof PlainScalar) return isVariable(path) ? variableText(value) : value.value;
    if (Array.isArray(value)) return value.map((item) => this.plain(item, [...path, "[]"], depth + 1));
    if (!isTree(value)) return value;
    const entries = Object.entries(value).map(([key, item]) => [key, this.plain(item, [...path, key], depth + 1)]);
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

function lineAndColumn(text: string, offset: number): string {
  const before = text.slice(0, offset).split(/\r\n|\r|\n/);
  return `${before.length}:${before.at(-1)!.length + 1}`;
}
