import { constants } from "node:fs";
import { copyFile, link, mkdir, readdir, readlink, rm, symlink } from "node:fs/promises";
import { join } from "node:path";

/**
 * Lays `source` over `target` without copying what is in the files: folders are made, files are hard links, links are
 * made anew. A later layer's file takes the place of an earlier one's, as at /opt on Lambda.
 */
export async function layOver(source: string, target: string): Promise<void> {
  await mkdir(target, { recursive: true, mode: 0o755 });
  for (const entry of await readdir(source, { withFileTypes: true })) {
    const from = join(source, entry.name);
    const to = join(target, entry.name);
    if (entry.isDirectory()) {
      await rm(to, { force: true }).catch(() => {});
      await layOver(from, to);
      continue;
    }
    await rm(to, { recursive: true, force: true });
    if (entry.isSymbolicLink()) await symlink(await readlink(from), to);
    else await link(from, to).catch(() => copyFile(from, to, constants.COPYFILE_FICLONE));
  }
}
