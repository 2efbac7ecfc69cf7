import { readdir, rename } from "node:fs/promises";
import { removeTree } from "./remove-tree.ts";

/**
 * Renames the finished folder of an image, `staging`, to `place`. A folder without a root file system in its way, as a deletion by hand
 * leaves it, is nobody's image: it is moved to `newStaging()` and deleted. Throws the file system's error, see {@link isBeaten}.
 */
export async function appear(staging: string, place: string, newStaging: () => string): Promise<void> {
  try {
    await rename(staging, place);
  } catch (error) {
    if (!isBeaten(error) || (await hasRoot(place))) throw error;
    const broken = newStaging();
    await rename(place, broken);
    if (await hasRoot(broken)) {
      // Another process did the same in this moment, and this is its image.
      await rename(broken, place);
      throw error;
    }
    try {
      await rename(staging, place);
    } finally {
      await removeTree(broken);
    }
  }
}

/** Whether another image stands where the finished one was to appear. */
export function isBeaten(error: unknown): boolean {
  const { code } = (error ?? {}) as { readonly code?: string };
  return code === "ENOTEMPTY" || code === "EEXIST";
}

/** Also of a folder that cannot be read: it is not ours to move. */
async function hasRoot(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch(() => undefined);
  return names === undefined || names.includes("ROOT");
}
