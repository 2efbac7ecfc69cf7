/** Folders of random files, and whether what came back is whole. */
import { createHash, randomFillSync } from "node:crypto";
import { closeSync, mkdirSync, openSync, readdirSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";

const MIB = 1024 * 1024;

export function makeFiles(folder: string, count: number, bytes: number): void {
  mkdirSync(folder, { recursive: true });
  const chunk = Buffer.alloc(Math.min(bytes, MIB));
  for (let i = 0; i < count; i++) {
    const file = openSync(join(folder, `file-${String(i).padStart(4, "0")}.bin`), "w");
    for (let left = bytes; left > 0; left -= chunk.length) writeSync(file, randomFillSync(chunk));
    closeSync(file);
  }
}

/** Of the names and contents of all files below a folder, wherever in it they are. */
export function digestOf(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const hash = createHash("sha256");
  const chunk = Buffer.alloc(MIB);
  for (const { name, parentPath } of files.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    hash.update(`${name}\0`);
    const file = openSync(join(parentPath, name), "r");
    for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) hash.update(chunk.subarray(0, read));
    closeSync(file);
  }
  return hash.digest("hex");
}
