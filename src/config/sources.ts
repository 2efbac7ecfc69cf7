/** What is done to each source of configuration before the sources are merged. */
import { resolve } from "node:path";
import { isTree, type Tree } from "../fdl/tree.ts";
import { DEFAULT_REGION } from "./defaults.ts";
import { merge, treeOf, valueAt } from "./merge.ts";

/** Paths of files on the user's machine, in one element of `functions.aws`. */
export const FILE_PATHS = [
  "lambda.init_script",
  "lambda.run_script",
  "lambda.extra_payload",
  "lambda.container.image_file",
  "api_gateway.data_binary",
] as const;

/** The section with its files' paths made absolute: an FDL's are relative to its folder, a flag's to the working directory. */
export function withAbsoluteFiles(section: Tree, folder: string): Tree {
  let absolute = section;
  for (const path of FILE_PATHS) {
    const value = valueAt(section, path);
    if (typeof value === "string" && value !== "") absolute = merge(absolute, treeOf(path, resolve(folder, value)));
  }
  return absolute;
}

/** `-l` adds to the layers of the FDL and scar.cfg, where every other list replaces. */
export function withLayersBelow(overlay: Tree, below: Tree): Tree {
  const own = valueAt(overlay, "lambda.layers");
  const lower = valueAt(below, "lambda.layers");
  if (!Array.isArray(own) || !Array.isArray(lower)) return overlay;
  return merge(overlay, treeOf("lambda.layers", [...lower, ...own]));
}

/**
 * The sections of scar.cfg without the region that the original's default file repeats in each of them (fault 26): it asks for nothing,
 * so that all inherit `lambda.region`. Another region there is the user's.
 */
export function withoutRepeatedRegion(aws: Tree): Tree {
  const sections = Object.entries(aws).map(([name, section]) => {
    if (name === "lambda" || !isTree(section) || section["region"] !== DEFAULT_REGION) return [name, section];
    const { region: _repeated, ...rest } = section;
    return [name, rest];
  });
  return Object.fromEntries(sections);
}
