/** Files of the state folder: private, and replaced whole or not at all. */
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";

/** Writes beside and renames (mode 0600): a reader and a crash see the old content or the new one. */
export function writePrivateFile(path: string, text: string): void {
  const staging = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(staging, text, { mode: 0o600 });
    renameSync(staging, path);
  } catch (error) {
    rmSync(staging, { force: true });
    throw error;
  }
}

/** A JSON file's content; undefined when there is none or it is no JSON. */
export function readJsonFile<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as T;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
