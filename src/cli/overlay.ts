import { merge, treeOf } from "../config/merge.ts";
import type { Problem } from "../errors.ts";
import { FUNCTION } from "../fdl/fields.ts";
import type { Tree } from "../fdl/tree.ts";
import { validate } from "../fdl/validate.ts";
import type { Options } from "./command.ts";
import { type CommandSpec, optionsOf } from "./command-table.ts";
import type { OptionSpec } from "./option.ts";
import { OPTION } from "./options.ts";
import { flagsOf } from "./usage.ts";

/** What the command line says about every function, in the shape of one element of `functions.aws`. */
export interface Overlay {
  readonly tree: Tree;
  /** What it says about the command itself: the `scar` section of the effective configuration, by `dest` (`conf_file`, `json`, …). */
  readonly scar: Tree;
  /** Which flag gave the value at a path. */
  readonly flags: ReadonlyMap<string, string>;
  /** Values out of bounds, and those that have no place in the tree (`-e FOO`). */
  readonly problems: readonly Problem[];
}

/** Options and the command of `run` → configuration (behaviour.md, section 1). `K=V` is split at its first `=`. */
export function overlayOf(command: CommandSpec, options: Options, args: readonly string[] = []): Overlay {
  let tree: Tree = {};
  let scar: Tree = {};
  const flags = new Map<string, string>();
  const problems: Problem[] = [];
  for (const spec of optionsOf(command)) {
    const given = options[spec.dest];
    if (given === undefined) continue;
    if (spec.path === undefined) {
      scar = merge(scar, { [spec.dest]: given });
      continue;
    }
    const value = spec.pairs ? variables(spec, given as readonly string[], problems) : configValue(spec, given);
    for (const path of spec.path) {
      tree = merge(tree, treeOf(path, value));
      flags.set(path, flagsOf(spec));
    }
  }
  const overlay = { scar, flags, problems };
  const found = validate(tree, FUNCTION, "", (path) => ({ path: flagAt(overlay, path) ?? path })).problems;
  // The bucket of ls, put and get is no input of a function: keys and old buckets have names that no function could be given.
  const isNoInput = /[^/]/.test(String(options[OPTION.bucket.dest] ?? ""));
  problems.push(...found.filter(({ path }) => !(isNoInput && path === flagsOf(OPTION.bucket))));
  const words = command.remainder && args.length > 0 ? treeOf(command.remainder.path, args) : {};
  return { ...overlay, tree: merge(tree, words) };
}

function configValue(spec: OptionSpec, given: unknown): unknown {
  switch (spec.dest) {
    case "bucket":
    case "input_bucket":
    case "output_bucket":
      return [{ storage_provider: "s3", path: given }];
    case "log_level":
      return String(given).toUpperCase();
    case "batch_memory":
    case "batch_vcpus":
      return /^\d+(\.\d+)?$/.test(String(given)) ? Number(given) : given;
    default:
      return given;
  }
}

function variables(spec: OptionSpec, given: readonly string[], problems: Problem[]): Tree {
  for (const text of given.filter((one) => one.indexOf("=") < 1)) {
    problems.push({ path: flagsOf(spec), message: `'${text}' is not KEY=VALUE` });
  }
  return variablesOf(given);
}

/** `K=V` → variables, split at the first `=`; of a name given twice the last counts. */
export function variablesOf(given: readonly string[]): Readonly<Record<string, string>> {
  const equals = given.map((text) => [text, text.indexOf("=")] as const).filter(([, at]) => at > 0);
  return Object.fromEntries(equals.map(([text, at]) => [text.slice(0, at), text.slice(at + 1)]));
}

/** The flag that gave the value at a path, or the nearest one above it. */
export function flagAt(overlay: Pick<Overlay, "flags">, path: string): string | undefined {
  const known = [...overlay.flags].filter(
    ([at]) => path === at || path.startsWith(`${at}.`) || path.startsWith(`${at}[`),
  );
  return known.sort((a, b) => b[0].length - a[0].length)[0]?.[1];
}

/** The first flag that gave a value in a section; the profile, which is said of every section, is none of it. */
export function flagBelow(overlay: Pick<Overlay, "flags">, section: string): string | undefined {
  return [...overlay.flags].find(([path]) => path.startsWith(`${section}.`) && !path.endsWith(".boto_profile"))?.[1];
}
