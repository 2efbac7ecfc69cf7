/** What is done to each source of configuration before the sources are merged. */
import { resolve } from "node:path";
import type { Tree } from "../fdl/tree.ts";
import { merge, treeOf, valueAt } from "./merge.ts";

/** Paths of files on the user's machine, in one element of `functions.aws`. */
export const FILE_PATHS = [
  "lambda.init_script",
  "lambda.run_script",
  "lambda.extra_payload",
  "lambda.container.image_file",
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
