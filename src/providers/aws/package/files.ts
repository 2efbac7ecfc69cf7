/** Files on the user's machine that go into a package. */
import { access, constants, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { EXIT, ScarError } from "../../../errors.ts";
import type { FunctionSpec } from "../../../fdl/spec.ts";
import type { ZipEntry } from "./zip.ts";

/** Entries for a file of the user's; executable as it is on disk. */
export async function fileEntry(path: string, name: string): Promise<ZipEntry> {
  const { size, mode } = await stat(path);
  return { name, source: { path }, executable: (mode & 0o111) !== 0, size };
}

/** Entries for all files below a folder, under `prefix`. */
export async function folderEntries(folder: string, prefix: string, stored = false): Promise<ZipEntry[]> {
  const entries: ZipEntry[] = [];
  for (const child of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, child.name);
    const name = `${prefix}/${child.name}`;
    if (child.isDirectory()) entries.push(...(await folderEntries(path, name, stored)));
    else entries.push({ ...(await fileEntry(path, name)), stored });
  }
  return entries;
}

/** Throws one `FileNotFound` that names every file of the functions which is missing or no file. */
export async function requireFiles(specs: readonly FunctionSpec[]): Promise<void> {
  const wanted = specs.flatMap(({ lambda, files }) =>
    (
      [
        ["init script", files.init_script],
        ["image file", files.image_file],
        ["extra payload", files.extra_payload],
      ] as const
    ).flatMap(([what, path]) => (path === undefined ? [] : [{ name: lambda.name, what, path }])),
  );
  const problems = await Promise.all(
    wanted.map(async ({ name, what, path }) => {
      const problem = await unreadable(path, what === "extra payload");
      return problem === undefined ? [] : [`${what} '${path}' of function '${name}' ${problem}`];
    }),
  );
  const lines = problems.flat();
  if (lines.length === 0) return;
  throw new ScarError("FileNotFound", lines.join("\n"), {
    exitCode: EXIT.usage,
    hint: "paths in a file are relative to that file's folder, on the command line to the working directory",
  });
}

async function unreadable(path: string, folderAllowed: boolean): Promise<string | undefined> {
  try {
    const found = await stat(path);
    if (found.isDirectory() && !folderAllowed) return "is a folder";
    await access(path, constants.R_OK);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? "does not exist" : "cannot be read";
  }
}
