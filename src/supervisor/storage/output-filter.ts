import type { StorageLocation } from "../../fdl/contract.ts";
import type { ObjectAddress } from "./object-store.ts";

type Lists = Pick<StorageLocation, "prefix" | "suffix">;

/**
 * Any prefix and any suffix; a missing or empty list takes all. A prefix is compared with the name relative to the output folder (as in
 * the original: `frames/`) and with the file's own name.
 */
export function matchesOutput(relative: string, lists: Lists): boolean {
  const name = relative.slice(relative.lastIndexOf("/") + 1);
  return (
    any(lists.prefix, (prefix) => relative.startsWith(prefix) || name.startsWith(prefix)) &&
    any(lists.suffix, (suffix) => name.endsWith(suffix))
  );
}

function any(list: readonly string[] | undefined, test: (item: string) => boolean): boolean {
  return !list || list.length === 0 || list.some(test);
}

/** `bucket[/folder…]` and a relative name → where the file goes; needless slashes are dropped. */
export function outputAddress(path: string, relative: string): ObjectAddress {
  const [bucket = "", ...folders] = path.split("/").filter((part) => part !== "");
  return { bucket, key: [...folders, relative].join("/") };
}
