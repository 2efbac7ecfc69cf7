/** Files of the state folder: private, and replaced whole or not at all. */
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { ScarError } from "../errors.ts";

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

/** A JSON file's content; undefined when there is none. Throws ScarError `StateFileDamaged` when it is no JSON: what it held is not given up silently. */
export function readJsonFile<T>(path: string): T | undefined {
  const text = readIfThere(path);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    throw damaged(path, error);
  }
}

/** The same of a file that only tells of a process: undefined when it is no JSON either. */
export function readProcessFile<T>(path: string): T | undefined {
  try {
    return readJsonFile<T>(path);
  } catch (error) {
    if (error instanceof ScarError) return undefined;
    throw error;
  }
}

/** ScarError for a file, or a line of one (`FILE:LINE`), that does not hold what was written there. */
export function damaged(place: string, cause: unknown): ScarError {
  return new ScarError("StateFileDamaged", `${place} is damaged: it does not hold what scar wrote`, {
    hint: "restore it from a backup, or remove it: what it describes is then gone; `scar local reset` begins anew",
    cause,
  });
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
