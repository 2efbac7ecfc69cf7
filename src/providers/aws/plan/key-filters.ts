/** The filter rules of S3's notifications: one prefix and one suffix each, no two of which may take the same key. */
import type { StorageLocation } from "../../../fdl/contract.ts";

/** A key matches when it begins and ends so; empty: all do. */
export interface KeyFilter {
  readonly prefix: string;
  readonly suffix: string;
}

/**
 * The filters of an input's folder (with its slash, or empty) and lists: one for each prefix with each suffix. What a shorter name in
 * the same list takes anyway is left out, as S3 refuses overlaps.
 */
export function keyFilters(
  folder: string,
  { prefix, suffix }: Pick<StorageLocation, "prefix" | "suffix">,
): KeyFilter[] {
  const suffixes = widest(suffix, (name, other) => name.endsWith(other));
  return widest(prefix, (name, other) => name.startsWith(other)).flatMap((name) =>
    suffixes.map((ending) => ({ prefix: `${folder}${name}`, suffix: ending })),
  );
}

function widest(list: readonly string[] | undefined, covers: (name: string, other: string) => boolean): string[] {
  if (!list || list.length === 0) return [""];
  const names = [...new Set(list)];
  return names.filter((name) => !names.some((other) => other !== name && covers(name, other)));
}

/** Whether S3 takes the two for overlapping (AWS: "Configuring event notifications using object key name filtering"). */
export function filtersOverlap(a: KeyFilter, b: KeyFilter): boolean {
  return (a.prefix.startsWith(b.prefix) || b.prefix.startsWith(a.prefix)) && suffixesOverlap(a.suffix, b.suffix);
}

/** Whether a name can end with both. */
export function suffixesOverlap(a: string, b: string): boolean {
  return a.endsWith(b) || b.endsWith(a);
}

export function matchesFilter(key: string, { prefix, suffix }: KeyFilter): boolean {
  return key.startsWith(prefix) && key.endsWith(suffix);
}

/** `in/img*.png`, for messages. */
export function shownFilter({ prefix, suffix }: KeyFilter): string {
  return suffix === "" ? prefix : `${prefix}*${suffix}`;
}
