import { chmod, lstat, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/**
 * Deletes a tree, folders without the right to read or write them included (programs in a container make such, and overlay's work
 * folder is one). Links are removed, not followed; a missing path is fine. Throws the file system's error when something stays.
 */
export async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch {
    await openFolders(path);
    await rm(path, { recursive: true, force: true });
  }
}

async function openFolders(path: string): Promise<void> {
  const stat = await lstat(path).catch(() => undefined);
  if (!stat?.isDirectory()) return;
  // What cannot be changed is told by the deletion that follows.
  if ((stat.mode & 0o700) !== 0o700) await chmod(path, 0o700).catch(() => {});
  const children = await readdir(path, { withFileTypes: true }).catch(() => []);
  for (const child of children) if (child.isDirectory()) await openFolders(join(path, child.name));
}
