import { mkdirSync, mkdtempSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { removeTree } from "../remove-tree.ts";
import { mountTable } from "./mount-table.ts";
import { overlayMount } from "./mounts.ts";
import { runOnce } from "./run-once.ts";

/** Starts a program that does nothing in namespaces where the mounts of a table file were made. */
export type EnterWith = (table: string) => { readonly file: string; readonly args: readonly string[] };

/** Whether and how overlays work, by trying once for each pair of file systems: not all can carry one, and old kernels refuse it. */
export class OverlaySupport {
  readonly #candidates: readonly string[];
  readonly #enter: EnterWith;
  readonly #known = new Map<string, Promise<string | undefined>>();

  constructor(inUserNamespace: boolean, enter: EnterWith) {
    const xattrs = inUserNamespace ? ",userxattr" : "";
    // `volatile`: else the kernel writes all of the disk's dirty pages at the end of every run, for files that nobody keeps.
    this.#candidates = [`${xattrs},volatile`, xattrs];
    this.#enter = enter;
  }

  /** Mount options beside the folders; undefined when there is no overlay of `rootfs` to be had with its changes in `scratch`. */
  optionsFor(rootfs: string, scratch: string): Promise<string | undefined> {
    // Characters that mount options cannot hold.
    if (/[:,\\"\s]/.test(rootfs + scratch)) return Promise.resolve(undefined);
    const key = `${statSync(rootfs).dev} ${statSync(scratch).dev}`;
    const known = this.#known.get(key) ?? this.#try(rootfs, scratch);
    this.#known.set(key, known);
    return known;
  }

  async #try(rootfs: string, scratch: string): Promise<string | undefined> {
    for (const options of this.#candidates) {
      const folder = mkdtempSync(join(scratch, "probe-"));
      try {
        for (const name of ["upper", "work"]) mkdirSync(join(folder, name));
        const table = join(folder, "mounts");
        writeFileSync(table, mountTable([overlayMount(rootfs, folder, options)]));
        const { status } = await runOnce({ ...this.#enter(table), env: {} });
        if (status === 0) return options;
      } finally {
        await removeTree(folder);
      }
    }
    return undefined;
  }
}
