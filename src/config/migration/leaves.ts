import { isDeepStrictEqual } from "node:util";
import { isTree, type Tree } from "../../fdl/tree.ts";
import { Either } from "./versions.ts";

/** A value of a file that no default explains; a list is one value. */
export interface Leaf {
  readonly keys: readonly string[];
  readonly value: unknown;
}

/** The values of a file that differ from `defaults`. What is `null` or an empty map asks for nothing. */
export function userLeaves(value: unknown, defaults: unknown, keys: readonly string[] = []): Leaf[] {
  if (value === null || value === undefined || isDefault(value, defaults)) return [];
  if (!isTree(value)) return [{ keys, value }];
  const below = isTree(defaults) && !(defaults instanceof Either) ? defaults : {};
  return Object.entries(value).flatMap(([key, item]) =>
    userLeaves(item, Object.hasOwn(below, key) ? below[key] : undefined, [...keys, key]),
  );
}

function isDefault(value: unknown, expected: unknown): boolean {
  if (expected instanceof Either) return expected.values.some((one) => isDeepStrictEqual(value, one));
  return expected !== undefined && isDeepStrictEqual(value, expected);
}

/** A tree that grows value by value. */
export class GrowingTree {
  readonly tree: Tree = {};

  /** Whether the value found room: nothing stands at its place, or above it, already. */
  place(keys: readonly string[], value: unknown): boolean {
    let at: Tree = this.tree;
    for (const key of keys.slice(0, -1)) {
      if (!Object.hasOwn(at, key)) define(at, key, {});
      const next = at[key];
      if (!isTree(next)) return false;
      at = next;
    }
    const last = keys.at(-1)!;
    if (Object.hasOwn(at, last)) return false;
    define(at, last, value);
    return true;
  }
}

/** `__proto__` is a key like any other. */
function define(target: Tree, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
}
