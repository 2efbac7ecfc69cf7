import { readFileSync } from "node:fs";

const known = new Map<string, boolean>();

/** Whether a loader can give a program another name than its path: glibc from 2.33 on, musl; its own help tells. */
export function loaderTakesName(loader: string): boolean {
  const takes = known.get(loader) ?? readFileSync(loader).includes("argv0");
  known.set(loader, takes);
  return takes;
}
