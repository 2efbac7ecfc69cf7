import { chmodSync, chownSync, lstatSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ScarError } from "../../errors.ts";
import { RootPaths } from "../root-paths.ts";

/** Devices that every program may expect; each is the machine's own, bound to a file. */
export const DEVICES = ["null", "zero", "full", "random", "urandom", "tty"] as const;

/** Folders that get file systems of their own. */
const FOLDERS = ["proc", "sys", "dev", "dev/shm", "dev/pts", "tmp", "etc"] as const;

/** Files of the machine that a container sees, when the machine has them. */
export const SHARED_FILES = ["/etc/hosts", "/etc/resolv.conf"] as const;

const LINKS: ReadonlyArray<readonly [string, string]> = [
  ["dev/fd", "../proc/self/fd"],
  ["dev/stdin", "../proc/self/fd/0"],
  ["dev/stdout", "../proc/self/fd/1"],
  ["dev/stderr", "../proc/self/fd/2"],
  ["dev/ptmx", "pts/ptmx"],
];

/** The places in a root file system where something is mounted: found by the root's own links, made when missing. */
export class MountPoints {
  readonly #paths: RootPaths;
  /** Where what is missing is made: an overlay's upper folder, or the root itself. */
  readonly #base: string;
  /** Mounted so far: real place in the root → what is seen there. */
  readonly #covers = new Map<string, string>();

  constructor(rootfs: string, upper?: string) {
    this.#paths = new RootPaths(rootfs);
    this.#base = upper ?? this.#paths.root;
  }

  /** Makes the places that every run needs. */
  makeStandard(): void {
    for (const folder of FOLDERS) this.folder(folder);
    for (const device of DEVICES) this.file(`dev/${device}`);
    for (const path of SHARED_FILES) this.file(path);
    for (const [name, target] of LINKS) {
      // The link itself counts, wherever it leads: /proc/self exists only once it is mounted.
      const path = join(this.#paths.locate(dirname(name)).path, basename(name));
      if ([path, this.#inBase(path)].some((at) => lstatSync(at, { throwIfNoEntry: false }) !== undefined)) continue;
      this.#makeParents(path);
      symlinkSync(target, this.#inBase(path));
    }
  }

  /** The absolute path, outside, at which the folder `name` is mounted. Throws ScarError `InvalidVolume` when a file stands there. */
  folder(name: string): string {
    return this.#place(name, true, (path) => mkdirSync(path));
  }

  /** The same for a file. */
  file(name: string): string {
    return this.#place(name, false, (path) => writeFileSync(path, ""));
  }

  /** Tells that `source` is mounted at `place`: what is to stand below is then made in `source`. */
  cover(place: string, source: string): void {
    this.#covers.set(place, source);
  }

  #place(name: string, wantsFolder: boolean, make: (path: string) => void): string {
    const place = this.#paths.locate(name).path;
    const real = this.#covered(place) ?? place;
    const stat = statSync(real, { throwIfNoEntry: false }) ?? lstatSync(this.#inBase(real), { throwIfNoEntry: false });
    if (stat === undefined) {
      this.#makeParents(real);
      make(this.#inBase(real));
    } else if (stat.isDirectory() !== wantsFolder) {
      const [found, wanted] = wantsFolder ? ["a file", "a folder"] : ["a folder", "a file"];
      throw new ScarError("InvalidVolume", `${name} is ${found} in the image, so ${wanted} cannot be mounted there`);
    }
    return place;
  }

  #covered(place: string): string | undefined {
    for (let at = place; at !== "/"; at = dirname(at)) {
      const source = this.#covers.get(at);
      if (source !== undefined) return source + place.slice(at.length);
    }
    return undefined;
  }

  /** Folders of the root that must be repeated in the upper folder keep their modes and owners. */
  #makeParents(path: string): void {
    const parent = dirname(path);
    const made = this.#inBase(parent);
    if (lstatSync(made, { throwIfNoEntry: false }) !== undefined) return;
    this.#makeParents(parent);
    const like = lstatSync(parent, { throwIfNoEntry: false });
    mkdirSync(made, 0o755);
    if (like === undefined) return;
    if (like.uid !== lstatSync(made).uid) chownSync(made, like.uid, like.gid);
    chmodSync(made, like.mode);
  }

  /** The same path in the upper folder, for paths inside the root. */
  #inBase(path: string): string {
    const { root } = this.#paths;
    return path === root || path.startsWith(`${root}/`) ? join(this.#base, path.slice(root.length)) : path;
  }
}
