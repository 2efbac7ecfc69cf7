/** Deletes a tree that programs of others wrote into: unpacked packages hold folders that their owner may not write. */
import { chmod, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/** Removes the folder's content and the folder; a symbolic link in it is removed, never followed. */
export async function removeTree(dir: string): Promise<void> {
  try {
    await rm(dir, { recursive: true, force: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EACCES" && code !== "EPERM") throw error;
    await openFolders(dir);
    await rm(dir, { recursive: true, force: true });
  }
}

async function openFolders(dir: string): Promise<void> {
  await chmod(dir, 0o700);
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    if (entry.isDirectory()) await openFolders(join(dir, entry.name));
  }
}
