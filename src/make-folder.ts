import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a folder that the user named, and those above it. Node's own `mkdir` with `recursive` never returns where the file system
 * answers ENOENT to every attempt (/proc), in 20 and 24 alike.
 *
 * @param path absolute
 * @param mode of the folders made here; default 0o777 less the umask
 * @throws the system's error: EACCES, ENOENT, ENOTDIR, EROFS, …; EEXIST when a file stands there
 */
export function makeFolder(path: string, mode = 0o777): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  const parent = dirname(path);
  if (parent !== path) makeFolder(parent, mode);
  try {
    mkdirSync(path, mode);
  } catch (error) {
    // Another process may have made it meanwhile.
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}
