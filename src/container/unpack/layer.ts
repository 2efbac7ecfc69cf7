import {
  type Dirent,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { confinedTarget, RootPaths } from "../root-paths.ts";
import type { TarEntry } from "../tar/entry.ts";
import type { EntryBody } from "../tar/reader.ts";
import type { FileWriter } from "./file-writer.ts";
import { parseName, unsafe, whiteoutOf } from "./names.ts";
import type { Ownership } from "./ownership.ts";
import { type FolderTimes, fileTime } from "./times.ts";

/** Applies the entries of one layer, in order, to a root file system (OCI image-spec, `layer.md`). */
export class LayerApplier {
  readonly #paths: RootPaths;
  readonly #ownership: Ownership;
  readonly #files: FileWriter;
  readonly #times: FolderTimes;
  /** What this layer itself made, by real path: its whiteouts mean lower layers only. Undefined for the lowest layer. */
  readonly #own: Set<string> | undefined;

  constructor(root: string, ownership: Ownership, files: FileWriter, times: FolderTimes, lowest: boolean) {
    this.#paths = new RootPaths(root);
    this.#ownership = ownership;
    this.#files = files;
    this.#times = times;
    this.#own = lowest ? undefined : new Set();
  }

  /**
   * Throws ScarError `UnsafeImage`, or the file system's own error. Device nodes and FIFOs are left out, whoever runs: the engines
   * give the basic devices, and no image needs more. `staged`: the path of the file that was already written for this entry; it
   * becomes the file, and no data is taken.
   */
  apply(entry: TarEntry, staged?: string): EntryBody | undefined {
    const { folder, base } = parseName(entry.name);
    const whiteout = whiteoutOf(base);
    if (whiteout !== undefined) {
      this.#whiteout(folder, whiteout);
      return undefined;
    }
    if (base === "") {
      if (entry.type === "directory") this.#ownership.applyToFolder(this.#paths.root, entry);
      return undefined;
    }
    if (entry.type === "character device" || entry.type === "block device" || entry.type === "fifo") return undefined;
    const parent = this.#paths.makeFolder(folder);
    const path = `${parent}/${base}`;
    this.#mark(path);
    switch (entry.type) {
      case "file":
        if (staged !== undefined) {
          this.#place(staged, path);
          return undefined;
        }
        return this.#files.create(path, entry, () => this.#clear(path));
      case "directory":
        this.#folder(path, entry);
        this.#paths.remember(folder === "" ? base : `${folder}/${base}`, path);
        return undefined;
      case "symlink":
        this.#symlink(parent, path, entry);
        return undefined;
      case "hard link":
        this.#hardLink(path, entry);
        return undefined;
    }
  }

  #place(staged: string, path: string): void {
    // Renaming over a link would not be seen by who knows where it led to.
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) this.#clear(path);
    renameSync(staged, path);
  }

  #folder(path: string, entry: TarEntry): void {
    try {
      mkdirSync(path, 0o700);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      if (!lstatSync(path).isDirectory()) {
        this.#clear(path);
        mkdirSync(path, 0o700);
      }
    }
    this.#ownership.applyToFolder(path, entry);
    this.#times.set(path, entry.mtime);
  }

  #symlink(parent: string, path: string, entry: TarEntry): void {
    const { root } = this.#paths;
    if (entry.linkname === "") throw unsafe(`the symbolic link '${entry.name}' has no target`);
    const target = confinedTarget(entry.linkname, parent.slice(root.length).split("/").filter(Boolean));
    this.#replacing(path, () => symlinkSync(target, path));
    this.#ownership.applyToLink(path, entry);
    lutimesSync(path, fileTime(entry.mtime), fileTime(entry.mtime));
  }

  #hardLink(path: string, entry: TarEntry): void {
    const { folder, base } = parseName(entry.linkname);
    const parent = this.#paths.findFolder(folder);
    const target = `${parent}/${base}`;
    const stat = parent === undefined ? undefined : lstatSync(target, { throwIfNoEntry: false });
    if (stat === undefined || base === "") {
      throw unsafe(`'${entry.name}' is a hard link to '${entry.linkname}', which the image does not have`);
    }
    if (stat.isDirectory()) throw unsafe(`'${entry.name}' is a hard link to the folder '${entry.linkname}'`);
    if (target === path) return;
    this.#replacing(path, () => linkSync(target, path));
  }

  #whiteout(folder: string, whiteout: { readonly remove: string } | "opaque" | "ignored"): void {
    const parent = whiteout === "ignored" ? undefined : this.#paths.findFolder(folder);
    if (parent === undefined || whiteout === "ignored") return;
    if (whiteout === "opaque") this.#removeLower(parent, true);
    else this.#removeLower(`${parent}/${whiteout.remove}`, false);
  }

  /** Removes what lower layers put at `path`, keeping what this one did. */
  #removeLower(path: string, contentOnly: boolean): void {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined || this.#own === undefined) return;
    if (!contentOnly && !this.#own.has(path)) {
      this.#clear(path);
      return;
    }
    if (!stat.isDirectory()) return;
    for (const child of readdirSync(path, { withFileTypes: true }) as Dirent[]) {
      this.#removeLower(`${path}/${child.name}`, false);
    }
  }

  #replacing(path: string, make: () => void): void {
    try {
      make();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      this.#clear(path);
      make();
    }
  }

  #clear(path: string): void {
    rmSync(path, { recursive: true, force: true });
    this.#paths.forget();
  }

  #mark(path: string): void {
    const own = this.#own;
    if (own === undefined) return;
    const { length } = this.#paths.root;
    for (let at = path; at.length > length && !own.has(at); at = at.slice(0, at.lastIndexOf("/"))) own.add(at);
  }
}
