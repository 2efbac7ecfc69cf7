/** What a root file system holds, entry by entry, in a form that two can be compared by. */
import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { posix } from "node:path";

export interface TreeOptions {
  /** Paths (`/etc/hosts`) that are left out, with what is below them. */
  readonly without?: ReadonlySet<string>;
  /** Paths whose time does not count. */
  readonly timeless?: ReadonlySet<string>;
  /** Owners too; default true. */
  readonly owners?: boolean;
  /** What is made of a mode; default: all its bits. */
  readonly mode?: (mode: number, kind: string) => number;
}

/**
 * One line an entry: path, kind, mode, owner, time in whole seconds, then the target of a link (by the path that it leads to: absolute
 * and relative ones are the same), or the content's hash and the first of the names that are this file. Devices, FIFOs and sockets
 * are left out.
 */
export function treeOf(root: string, options: TreeOptions = {}): string[] {
  const firsts = new Map<number, string>();
  const lines: string[] = [];
  const visit = (folder: string): void => {
    const names = readdirSync(root + folder, { encoding: "buffer" }).sort(Buffer.compare);
    for (const name of names) {
      const path = `${folder}/${name.toString("utf8")}`;
      if (options.without?.has(path)) continue;
      const real = Buffer.concat([Buffer.from(`${root}${folder}/`), name]);
      const stat = lstatSync(real);
      const kind = stat.isDirectory() ? "folder" : stat.isSymbolicLink() ? "link" : stat.isFile() ? "file" : "special";
      if (kind === "special") continue;
      const bits = stat.mode & 0o7777;
      const mode = kind === "link" ? 0 : (options.mode?.(bits, kind) ?? bits);
      const owner = options.owners === false ? "" : `${stat.uid}:${stat.gid}`;
      const time = options.timeless?.has(path) ? "" : Math.floor(stat.mtimeMs / 1000);
      const line = [JSON.stringify(path), kind, mode.toString(8), owner, time];
      if (kind === "link") line.push(posix.resolve("/", folder, readlinkSync(real)));
      if (kind === "file") {
        if (!firsts.has(stat.ino)) firsts.set(stat.ino, path);
        line.push(stat.size, createHash("sha256").update(readFileSync(real)).digest("hex"), firsts.get(stat.ino)!);
      }
      lines.push(line.join(" "));
      if (kind === "folder") visit(path);
    }
  };
  visit("");
  return lines;
}
