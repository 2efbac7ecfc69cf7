import { isTree, type Tree } from "../fdl/tree.ts";

/**
 * Lays `upper` over `lower`: maps are merged key by key, everything else replaces, lists too. `0`, `false` and the empty text count as
 * values; `null` takes away what `lower` gave. Neither argument is changed.
 */
export function merge(lower: Tree, upper: Tree): Tree {
  const merged: Record<string, unknown> = { ...lower };
  for (const [key, value] of Object.entries(upper)) {
    const below = Object.hasOwn(lower, key) ? lower[key] : undefined;
    if (value === null) delete merged[key];
    else if (isTree(value)) define(merged, key, merge(isTree(below) ? below : {}, value));
    else define(merged, key, value);
  }
  return merged;
}

/** Sets an own property whatever its name: `__proto__` is a key like any other. */
function define(target: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
}

/** The value at a dotted path, if every step of it is there. */
export function valueAt(tree: unknown, path: string): unknown {
  let value = tree;
  for (const key of path.split(".")) {
    if (!isTree(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

/** A tree with the one value at a dotted path. */
export function treeOf(path: string, value: unknown): Tree {
  return path.split(".").reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Tree;
}
