/** What a test changes in a scar.cfg, value by value. */
import { isTree, type Tree } from "../../../src/fdl/tree.ts";

export interface Change {
  readonly keys: readonly string[];
  readonly value: unknown;
}

/** Every value of a file that has no keys of its own: texts, numbers, lists, empty maps. */
export function leavesOf(value: unknown, keys: readonly string[] = []): Change[] {
  if (!isTree(value) || Object.keys(value).length === 0) return keys.length === 0 ? [] : [{ keys, value }];
  return Object.entries(value).flatMap(([key, item]) => leavesOf(item, [...keys, key]));
}

export function changed(tree: Tree, changes: readonly Change[]): Tree {
  const copy = structuredClone(tree) as Record<string, unknown>;
  for (const { keys, value } of changes) {
    const above = valueAtKeys(copy, keys.slice(0, -1)) as Record<string, unknown>;
    above[keys.at(-1)!] = value;
  }
  return copy;
}

export function valueAtKeys(tree: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>((at, key) => (isTree(at) ? at[key] : undefined), tree);
}
