/** `lambda.extra_payload`: files of the user's that travel with a function, at the root of its package. */
import { readdir, realpath, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { EXIT, messageOf, ScarError } from "../../../errors.ts";
import { fileEntry } from "./files.ts";
import type { ZipEntry } from "./zip.ts";

/**
 * A folder's content, or the one file. Symbolic links are followed, for a zip of Lambda's has none. Throws ScarError `UnusablePayload` for
 * what is no file, cannot be read, or leads back to its own folder.
 */
export async function payloadEntries(path: string): Promise<ZipEntry[]> {
  const isFolder = (await stat(path).catch(unusable(path))).isDirectory();
  return isFolder ? below(path, "", []) : [await fileEntry(path, basename(path))];
}

async function below(folder: string, prefix: string, above: readonly string[]): Promise<ZipEntry[]> {
  const place = await realpath(folder).catch(unusable(folder));
  if (above.includes(place)) throw refused(folder, "is a link to a folder that it is in");
  const entries: ZipEntry[] = [];
  for (const name of await readdir(folder).catch(unusable(folder))) {
    const path = join(folder, name);
    const found = await stat(path).catch(unusable(path));
    if (found.isDirectory()) entries.push(...(await below(path, `${prefix}${name}/`, [...above, place])));
    else if (found.isFile()) entries.push(await fileEntry(path, `${prefix}${name}`));
    else throw refused(path, "is neither a file nor a folder");
  }
  return entries;
}

const unusable = (path: string) => (error: unknown) => {
  throw refused(path, messageOf(error));
};

function refused(path: string, why: string): ScarError {
  return new ScarError("UnusablePayload", `extra payload: '${path}' ${why}`, {
    exitCode: EXIT.usage,
    hint: "lambda.extra_payload (-ep) is a file, or a folder of files, that go into the function's package",
  });
}

/** Throws ScarError `UnusablePayload` when the payload has a file under a name that the package needs. */
export function checkNames(payload: readonly ZipEntry[], own: readonly ZipEntry[]): void {
  const taken = new Set(own.map(({ name }) => name));
  const clash = payload.find(({ name }) => taken.has(name));
  if (clash === undefined) return;
  throw new ScarError("UnusablePayload", `extra payload: '${clash.name}' is the name of a file of the package's own`, {
    exitCode: EXIT.usage,
    hint: "rename it, or leave it out",
  });
}
