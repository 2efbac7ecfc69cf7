import { lstatSync, mkdirSync, readlinkSync, type Stats, unlinkSync } from "node:fs";
import { ScarError } from "../errors.ts";

/** Symlinks followed in one path; the kernel's limit. */
const LINK_LIMIT = 40;

/**
 * Paths inside a root file system, resolved as a process whose root it is would see them: absolute links start at the root and `..`
 * ends there. The kernel never follows a link for us, so no name and no chain of links leads outside.
 * Not made for a tree that others change at the same time.
 */
export class RootPaths {
  readonly root: string;
  /** Folders by their unresolved name inside; real folders only. */
  readonly #resolved = new Map<string, string>();

  /** `root`: absolute, free of symlinks or trusted to be what it leads to. */
  constructor(root: string) {
    this.root = root.replace(/\/+$/, "");
  }

  /** The real place of the folder `name`, absolute; made (mode 0755) where missing. Files in its way are replaced. */
  makeFolder(name: string): string {
    const known = this.#resolved.get(name);
    if (known !== undefined) return known;
    const { path } = this.#walk(name, true);
    this.remember(name, path);
    return path;
  }

  /** The real place of `name`, links followed to the end; undefined when it does not exist. */
  find(name: string): string | undefined {
    const known = this.#resolved.get(name);
    if (known !== undefined) return known;
    const { path, exists } = this.#walk(name, false);
    return exists ? path : undefined;
  }

  /** As {@link find}, of folders only. */
  findFolder(name: string): string | undefined {
    const path = this.find(name);
    return path !== undefined && look(path)?.isDirectory() ? path : undefined;
  }

  /** Where `name` is or would be: links followed as far as there are any. */
  locate(name: string): { readonly path: string; readonly exists: boolean } {
    return this.#walk(name, false);
  }

  /** Tells that the folder `name` really stands at `path`. */
  remember(name: string, path: string): void {
    this.#resolved.set(name, path);
  }

  /** Call after a folder or a link was removed or replaced. */
  forget(): void {
    this.#resolved.clear();
  }

  #walk(name: string, make: boolean): { readonly path: string; readonly exists: boolean } {
    const at: string[] = [];
    let exists = true;
    const rest = name.split("/").reverse();
    let links = 0;
    while (rest.length > 0) {
      const part = rest.pop()!;
      if (part === "" || part === ".") continue;
      if (part === "..") {
        at.pop();
        continue;
      }
      const path = `${this.root}/${[...at, part].join("/")}`;
      const stat = look(path);
      if (stat?.isSymbolicLink()) {
        if (++links > LINK_LIMIT) throw new ScarError("SymlinkLoop", `'${name}': too many symbolic links`);
        const target = readlinkSync(path);
        if (target.startsWith("/")) at.length = 0;
        rest.push(...target.split("/").reverse());
        continue;
      }
      if (!stat?.isDirectory()) {
        if (make) {
          if (stat !== undefined) unlinkSync(path);
          mkdirSync(path, 0o755);
        } else if (stat === undefined || !rest.every((p) => p === "" || p === ".")) exists = false;
      }
      at.push(part);
    }
    return { path: at.length === 0 ? this.root : `${this.root}/${at.join("/")}`, exists };
  }
}

/** Its `lstat`; undefined when there is nothing, below a file too. */
function look(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOTDIR") return undefined;
    throw error;
  }
}

/**
 * A symlink's target such that it means the same for a process inside, and mostly leads to the same place when it is followed from
 * outside: absolute targets are made relative, and `..` that climbs above the root by name is dropped. Not a guard: where a part of the target
 * is itself a link, `..` after it may climb out of the root for who follows it from outside, so who does must resolve with
 * {@link RootPaths}. `folder`: parts of the real folder that holds the link.
 */
export function confinedTarget(target: string, folder: readonly string[]): string {
  const absolute = target.startsWith("/");
  let climbed = false;
  const at: string[] = absolute ? [] : [...folder];
  const kept: string[] = [];
  for (const part of target.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") at.push(part);
    else if (at.pop() === undefined) {
      climbed = true;
      continue;
    }
    kept.push(part);
  }
  if (!absolute && !climbed) return target;
  const fromRoot = absolute ? kept : at;
  return [...folder.map(() => ".."), ...fromRoot].join("/") || ".";
}
