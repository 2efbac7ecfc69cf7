import { chmod, lstat, opendir, realpath } from "node:fs/promises";
import { join, relative } from "node:path";

export interface OutputFile {
  /** Absolute, no link. */
  readonly path: string;
  /** Name below the output folder, `/` between its parts. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * Every file below the output folder. A link to a file inside counts as that file; what leads outside (on the host it would name
 * something else than it did in the container), sockets, pipes and devices are left out, each named to `skipped`.
 */
export async function* outputFiles(
  folder: string,
  skipped: (name: string, why: string) => void,
): AsyncGenerator<OutputFile> {
  const top = await lstat(folder).catch(() => undefined);
  if (!top?.isDirectory()) return skipped(".", "the command removed the output folder");
  const root = await realpath(folder);
  yield* walk(root, root, skipped);
}

async function* walk(
  root: string,
  folder: string,
  skipped: (name: string, why: string) => void,
): AsyncGenerator<OutputFile> {
  await makeReadable(folder, 0o500);
  for await (const entry of await opendir(folder)) {
    const path = join(folder, entry.name);
    const name = relative(root, path);
    if (entry.isDirectory()) yield* walk(root, path, skipped);
    else if (entry.isFile()) yield { path, name, size: await makeReadable(path, 0o400) };
    else if (entry.isSymbolicLink()) {
      const target = await realpath(path).catch(() => undefined);
      const found = target?.startsWith(`${root}/`) ? await lstat(target) : undefined;
      if (found?.isFile()) yield { path: target!, name, size: found.size };
      else if (!found?.isDirectory()) skipped(name, "a link that leads out of the output folder, or nowhere");
      else skipped(name, "a link to a folder, whose files are uploaded under their own names");
    } else skipped(name, "neither a file nor a folder");
  }
}

/**
 * Gives us the right to read what the command made without it (it ran as us, or as a user that we are root for); returns the size. A
 * name that is not UTF-8 cannot be found again: its upload fails and names it.
 */
async function makeReadable(path: string, wanted: number): Promise<number> {
  const stat = await lstat(path).catch(() => undefined);
  if (!stat) return 0;
  if ((stat.mode & wanted) !== wanted) await chmod(path, (stat.mode & 0o7777) | wanted);
  return stat.size;
}
