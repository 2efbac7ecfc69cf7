/** Files that others find whole or not at all, for their owner alone (0600). Parent folders must exist. */
import { randomBytes } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";

/** Puts a file where there is none; false when there is one, which stays as it is. Throws the system's error. */
export function placeNew(file: string, data: string | Uint8Array): boolean {
  return throughTemporary(file, data, (temporary) => {
    try {
      linkSync(temporary, file);
      return true;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === "EEXIST") return false;
      if (code !== "EPERM" && code !== "ENOTSUP" && code !== "EOPNOTSUPP" && code !== "ENOSYS") throw error;
      return withoutLinks(temporary, file);
    }
  });
}

/** Puts a file in the place of the one that is there, if any. Throws the system's error. */
export function placeOver(file: string, data: string | Uint8Array): void {
  throughTemporary(file, data, (temporary) => renameSync(temporary, file));
}

/** Some file systems have no hard links: the name is taken first, and then the whole file put there. */
function withoutLinks(temporary: string, file: string): boolean {
  try {
    closeSync(openSync(file, "wx", 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
  renameSync(temporary, file);
  return true;
}

function throughTemporary<T>(file: string, data: string | Uint8Array, put: (temporary: string) => T): T {
  const temporary = `${file}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    const bytes = typeof data === "string" ? Buffer.from(data) : data;
    const descriptor = openSync(temporary, "wx", 0o600);
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    return put(temporary);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Older ones belong to no process that still runs. */
const LEFT_BEHIND_MS = 60_000;

/** Removes what a process that was killed while it placed `file`, or a file whose name begins so, left behind, as far as it can. */
export function removeLeftBehind(file: string): void {
  const folder = dirname(file);
  try {
    for (const name of readdirSync(folder)) {
      if (!name.startsWith(basename(file)) || !/\.[0-9a-f]{12}\.tmp$/.test(name)) continue;
      const path = join(folder, name);
      if (Date.now() - statSync(path).mtimeMs > LEFT_BEHIND_MS) rmSync(path, { force: true });
    }
  } catch {
    // A folder that cannot be listed, or another process that was quicker: nothing depends on it.
  }
}
