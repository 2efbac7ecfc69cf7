/** One page of a bucket's keys, grouped by a delimiter. */
import { compareUtf8, firstWhere, type KeyIndex } from "./storage/key-index.ts";
import type { StoredObject } from "./storage/records.ts";

export interface ListQuery {
  readonly prefix: string;
  /** Empty: no groups. */
  readonly delimiter: string;
  readonly maxKeys: number;
  /** Key or common prefix of the page before; what follows it is listed. */
  readonly after: string;
}

export interface ListPage {
  readonly objects: readonly { readonly key: string; readonly object: StoredObject }[];
  readonly prefixes: readonly string[];
  /** Where the next page goes on: the last key or prefix of this one; undefined at the end. */
  readonly next: string | undefined;
}

export function listPage(index: KeyIndex<StoredObject>, { prefix, delimiter, maxKeys, after }: ListQuery): ListPage {
  const keys = index.keys();
  const objects: { key: string; object: StoredObject }[] = [];
  const prefixes: string[] = [];
  const behind = (group: string, from: number) =>
    firstWhere(keys, (key) => !key.startsWith(group) && compareUtf8(key, group) > 0, from);
  let at = index.lowerBound(prefix);
  if (after !== "" && compareUtf8(after, prefix) >= 0) {
    at = Math.max(
      at,
      firstWhere(keys, (key) => compareUtf8(key, after) > 0),
    );
    // A page that ended with a group goes on behind the whole group.
    if (groupOf(after, prefix, delimiter) === after) at = behind(after, at);
  }
  let last: string | undefined;
  while (at < keys.length && keys[at]!.startsWith(prefix)) {
    if (objects.length + prefixes.length >= maxKeys)
      return { objects, prefixes, next: maxKeys === 0 ? undefined : last };
    const key = keys[at]!;
    const group = groupOf(key, prefix, delimiter);
    if (group === undefined) {
      objects.push({ key, object: index.get(key)! });
      last = key;
      at++;
    } else {
      prefixes.push(group);
      last = group;
      at = behind(group, at);
    }
  }
  return { objects, prefixes, next: undefined };
}

/** The key's part up to the first delimiter behind the prefix. */
export function groupOf(key: string, prefix: string, delimiter: string): string | undefined {
  if (delimiter === "") return undefined;
  const end = key.indexOf(delimiter, prefix.length);
  return end < 0 ? undefined : key.slice(0, end + delimiter.length);
}
