import type { Stats } from "node:fs";
import { chmod, lstat, readdir, realpath } from "node:fs/promises";
import { join, relative } from "node:path";
import { messageOf } from "../../errors.ts";

export interface OutputFile {
  /** Absolute, no link. */
  readonly path: string;
  /** Name below the output folder, `/` between its parts. */
  readonly name: string;
}

/** What becomes of the entries that are not uploaded. */
export interface OutputReport {
  /** What no object could be, or another file is: links and the like. */
  skipped(name: string, why: string): void;
  /** What should have been uploaded and cannot be. */
  failed(name: string, why: string): void;
}

/**
 * Every file below the output folder. A link to a file inside counts as that file; what leads outside (on the host it would name
 * something else than it did in the container), sockets, pipes and devices are left out, each named to `report`.
 */
export async function* outputFiles(folder: string, report: OutputReport): AsyncGenerator<OutputFile> {
  const top = await lstat(folder).catch(() => undefined);
  if (!top?.isDirectory()) return report.skipped(".", "the command removed the output folder");
  const root = await realpath(folder);
  await makeReadable(root, top, 0o500);
  yield* walk(root, root, report);
}

async function* walk(root: string, folder: string, report: OutputReport): AsyncGenerator<OutputFile> {
  for (const bytes of await namesIn(root, folder, report)) {
    const path = join(folder, bytes.toString());
    const name = relative(root, path);
    // File systems take any bytes for a name; what is not UTF-8 cannot be found again by the text that is made of it.
    if (!Buffer.from(bytes.toString()).equals(bytes)) {
      report.failed(name, "its name is not UTF-8, as a key must be");
      continue;
    }
    const stat = await lstat(path).catch(() => undefined);
    if (!stat) report.failed(name, "it has vanished");
    else if (stat.isDirectory()) {
      await makeReadable(path, stat, 0o500);
      yield* walk(root, path, report);
    } else if (stat.isFile()) {
      await makeReadable(path, stat, 0o400);
      yield { path, name };
    } else if (stat.isSymbolicLink()) {
      const target = await linkedFile(root, path);
      if (typeof target === "string") report.skipped(name, target);
      else yield { ...target, name };
    } else report.skipped(name, "neither a file nor a folder");
  }
}

async function namesIn(root: string, folder: string, report: OutputReport): Promise<Buffer[]> {
  try {
    return await readdir(folder, { encoding: "buffer" });
  } catch (error) {
    report.failed(relative(root, folder) || ".", messageOf(error));
    return [];
  }
}

/** The file inside that a link leads to, or why there is none. */
async function linkedFile(root: string, link: string): Promise<{ readonly path: string } | string> {
  const path = await realpath(link).catch(() => undefined);
  const stat = path?.startsWith(`${root}/`) ? await lstat(path) : undefined;
  if (stat?.isDirectory()) return "a link to a folder, whose files are uploaded under their own names";
  if (!stat?.isFile()) return "a link that leads out of the output folder, or nowhere";
  await makeReadable(path!, stat, 0o400);
  return { path: path! };
}

/** Gives us the right to read what the command made without it. Where we cannot, its upload fails and says so. */
async function makeReadable(path: string, { mode }: Stats, wanted: number): Promise<void> {
  if ((mode & wanted) !== wanted) await chmod(path, (mode & 0o7777) | wanted).catch(() => {});
}
