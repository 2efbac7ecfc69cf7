/** JSON files that are whole at any time: written beside and renamed, without holding up the requests meanwhile. */
import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

let serial = 0;

export async function writeJson(path: string, value: unknown): Promise<void> {
  const beside = `${path}.${process.pid}.${serial++}.tmp`;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(beside, JSON.stringify(value), { mode: 0o600 });
  await rename(beside, path);
}
