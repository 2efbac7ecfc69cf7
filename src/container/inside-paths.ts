import { existsSync, realpathSync } from "node:fs";
import { join, normalize } from "node:path";
import type { ContainerCommand } from "./engine.ts";
import { RootPaths } from "./root-paths.ts";

/** Paths of a container, its volumes among them, and where they are outside. */
export class InsidePaths {
  readonly #root: RootPaths;
  /** Innermost first. */
  readonly #volumes: readonly { readonly source: string; readonly target: string }[];

  constructor({ rootfs, volumes }: Pick<ContainerCommand, "rootfs" | "volumes">) {
    this.#root = new RootPaths(rootfs);
    this.#volumes = volumes
      .map(({ source, target }) => ({ source, target: normalize(target).replace(/(?!^)\/$/, "") }))
      .sort((a, b) => b.target.length - a.target.length);
  }

  /** Absolute path outside of what is seen at `path` inside; undefined when there is nothing. */
  outside(path: string): string | undefined {
    const clean = normalize(path);
    for (const { source, target } of this.#volumes) {
      if (clean !== target && !clean.startsWith(`${target}/`)) continue;
      const file = source + clean.slice(target.length);
      return existsSync(file) ? file : undefined;
    }
    const real = this.#root.find(clean);
    if (real === undefined) return undefined;
    // Most links inside are relative when we unpacked it: the name is then as good from outside.
    const named = join(this.#root.root, clean);
    return sameFile(named, real) ? named : real;
  }
}

function sameFile(named: string, real: string): boolean {
  try {
    // The kernel's answer: Node's own takes `link/..` for the folder that holds the link, and so for a place inside.
    return realpathSync.native(named) === realpathSync.native(real);
  } catch {
    return false;
  }
}
