import { lstatSync, readlinkSync, type Stats } from "node:fs";
import { join } from "node:path";

const SHELL = ["/bin/sh"];

/** As many links as the kernel follows. */
const MOST_LINKS = 40;

/** The script's own `#!` interpreter where the image has it, else `/bin/sh`, which runs scripts of images without, say, bash. */
export function interpreterOf(script: Buffer, rootfs: string): readonly string[] {
  const firstLine = script.subarray(0, 256).toString("latin1").split("\n", 1)[0]!;
  const match = /^#![ \t]*(\/\S*)(?:[ \t]+(.*\S))?\s*$/.exec(firstLine);
  if (!match || !isFileInside(rootfs, match[1]!)) return SHELL;
  return match[2] === undefined ? [match[1]!] : [match[1]!, match[2]];
}

/** Whether `path`, seen from inside the root file system, is a file; links are resolved inside too. */
function isFileInside(rootfs: string, path: string): boolean {
  const pending = path.split("/").reverse();
  let at: string[] = [];
  let links = 0;
  let found: Stats | undefined;
  while (pending.length > 0) {
    const part = pending.pop()!;
    if (part === "" || part === ".") continue;
    if (part === "..") {
      at.pop();
      continue;
    }
    const host = join(rootfs, ...at, part);
    found = lstatSync(host, { throwIfNoEntry: false });
    if (!found) return false;
    if (!found.isSymbolicLink()) {
      at.push(part);
      continue;
    }
    if (++links > MOST_LINKS) return false;
    const target = readlinkSync(host);
    if (target.startsWith("/")) at = [];
    pending.push(...target.split("/").reverse());
  }
  return found?.isFile() ?? false;
}
