/** Files that a command left in its folder and in its home. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Trace } from "../traces.ts";

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));

/** Bytes by name. */
export function newFiles(cwd: string, { files }: Trace): Record<string, number> {
  const made = filesBelow(cwd).filter((name) => !(name in files));
  return Object.fromEntries(made.map((name) => [name, statSync(join(cwd, name)).size]));
}

/** By name, as `~/.scar/scar.cfg`; their sizes are no matter. */
export function homeFiles(home: string): Record<string, number> {
  const found = filesBelow(home).filter((name) => !name.startsWith(".aws/"));
  return Object.fromEntries(found.map((name) => [`~/${name}`, 0]));
}
