import { merge, treeOf, valueAt } from "../config/merge.ts";
import type { Problem } from "../errors.ts";
import { isTree, type Tree } from "../fdl/tree.ts";
import type { Options } from "./command.ts";
import { type CommandSpec, optionsOf } from "./command-table.ts";
import type { OptionSpec } from "./options.ts";
import { flagsOf } from "./usage.ts";

/** What the command line says about every function, in the shape of one element of `functions.aws`. */
export interface Overlay {
  readonly tree: Tree;
  /** Which flag gave the value at a path. */
  readonly flags: ReadonlyMap<string, string>;
  /** Values that have no place in the tree (`-e FOO`). */
  readonly problems: readonly Problem[];
}

/** Options → configuration (behaviour.md, section 1). `K=V` is split at its first `=`. */
export function overlayOf(command: CommandSpec, options: Options): Overlay {
  let tree: Tree = {};
  const flags = new Map<string, string>();
  const problems: Problem[] = [];
  for (const spec of optionsOf(command)) {
    const given = options[spec.dest];
    if (given === undefined || spec.path === undefined) continue;
    const value = spec.pairs ? variables(spec, given as readonly string[], problems) : configValue(spec, given);
    for (const path of spec.path) {
      tree = merge(tree, treeOf(path, value));
      flags.set(path, flagsOf(spec));
    }
  }
  return { tree, flags, problems };
}

function configValue(spec: OptionSpec, given: unknown): unknown {
  switch (spec.dest) {
    case "input_bucket":
    case "output_bucket":
      return [{ storage_provider: "s3", path: given }];
    case "log_level":
      return String(given).toUpperCase();
    default:
      return given;
  }
}

function variables(spec: OptionSpec, given: readonly string[], problems: Problem[]): Tree {
  const entries: [string, string][] = [];
  for (const text of given) {
    const equals = text.indexOf("=");
    if (equals > 0) entries.push([text.slice(0, equals), text.slice(equals + 1)]);
    else problems.push({ path: flagsOf(spec), message: `'${text}' is not KEY=VALUE` });
  }
  return Object.fromEntries(entries);
}

/** The flag that gave the value at a path, or the nearest one above it. */
export function flagAt(overlay: Overlay, path: string): string | undefined {
  const known = [...overlay.flags].filter(
    ([at]) => path === at || path.startsWith(`${at}.`) || path.startsWith(`${at}[`),
  );
  return known.sort((a, b) => b[0].length - a[0].length)[0]?.[1];
}

/** `-l` adds to the layers of the file, where every other list replaces. */
export function withLayersOf(overlay: Tree, below: Tree): Tree {
  const [own, lower] = [valueAt(overlay, "lambda.layers"), valueAt(below, "lambda.layers")];
  if (!Array.isArray(own) || !Array.isArray(lower) || !isTree(overlay["lambda"])) return overlay;
  return merge(overlay, treeOf("lambda.layers", [...lower, ...own]));
}
