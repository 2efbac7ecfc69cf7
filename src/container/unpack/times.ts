import { lstatSync, utimesSync } from "node:fs";
import { dirname } from "node:path";

/** Folders' modification times, by real path. They are set at the end: making what is in a folder changes its time. */
export type FolderTimes = Map<string, number>;

/** Seconds as the file system's calls take them: Node takes a negative number for "now", not a date before 1970. */
export function fileTime(seconds: number): number | Date {
  return seconds < 0 ? new Date(seconds * 1000) : seconds;
}

/** Never through a link: a later layer may have put one in the place of a folder or its parents. */
export function setFolderTimes(root: string, times: FolderTimes): void {
  const real = new Map<string, boolean>([[root, true]]);
  const isReal = (path: string): boolean => {
    const known = real.get(path);
    if (known !== undefined) return known;
    const answer = isReal(dirname(path)) && (lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false);
    real.set(path, answer);
    return answer;
  };
  for (const [path, mtime] of times) if (isReal(path)) utimesSync(path, fileTime(mtime), fileTime(mtime));
}
