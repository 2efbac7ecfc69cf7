/** Volumes where nothing can be mounted: a path that is the same inside and outside is left untranslated, others become links. */
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
} from "node:fs";
import { basename, dirname, join, normalize } from "node:path";
import { ScarError } from "../../../errors.ts";
import type { Volume } from "../../engine.ts";
import { RootPaths } from "../../root-paths.ts";

/** What every program may expect of the machine. */
export const SYSTEM_PATHS = ["/proc", "/dev", "/sys", "/etc/hosts", "/etc/resolv.conf"] as const;

export interface PlacedVolumes {
  /** Paths that are the machine's own. */
  readonly shared: readonly string[];
  /** Removes the links. */
  readonly undo: () => void;
}

/**
 * Makes the volumes visible. Links into the root are taken away by `undo`. Throws ScarError `InvalidVolume` when a source is missing, or
 * a target holds something in the image, which nothing can be put over here.
 */
export function placeVolumes(rootfs: string, volumes: readonly Volume[]): PlacedVolumes {
  const paths = new RootPaths(rootfs);
  const shared = new Set<string>(SYSTEM_PATHS);
  const made: (() => void)[] = [];
  const undo = (): void => {
    for (const step of made.reverse()) step();
  };
  try {
    for (const volume of volumes) {
      const source = volume.source;
      const target = normalize(volume.target).replace(/(?!^)\/$/, "");
      if (!target.startsWith("/"))
        throw new ScarError("InvalidVolume", `volume target ${volume.target} is not absolute`);
      const stat = statSync(source, { throwIfNoEntry: false });
      if (stat === undefined) throw new ScarError("InvalidVolume", `volume source ${source} does not exist`);
      shared.add(source).add(realpathSync(source));
      if (target === source) continue;
      const outer = volumes.find((other) => target.startsWith(`${normalize(other.target)}/`));
      if (outer !== undefined) throw refusal(volume, `it stands inside the volume ${outer.target}`);
      made.push(link(paths, volume, target));
    }
    return { shared: [...shared], undo };
  } catch (error) {
    undo();
    throw error;
  }
}

/** Puts a link to the source at the target; an empty folder or file there gives way. */
function link(paths: RootPaths, volume: Volume, target: string): () => void {
  const path = join(paths.makeFolder(dirname(target)), basename(target));
  const there = lstatSync(path, { throwIfNoEntry: false });
  let restore = (): void => {};
  if (there?.isDirectory()) {
    if (readdirSync(path).length > 0) throw refusal(volume, "the image has files there");
    rmdirSync(path);
    restore = () => mkdirSync(path, there.mode & 0o7777);
  } else if (there?.isSymbolicLink() && isLeftBehind(path, volume)) {
    unlinkSync(path);
  } else if (there !== undefined) throw refusal(volume, "the image has a file there");
  symlinkSync(realpathSync(volume.source), path);
  return () => {
    // The command may have removed it.
    rmSync(path, { force: true });
    restore();
  };
}

/** A link of a run that was killed before it could take it away. */
function isLeftBehind(path: string, volume: Volume): boolean {
  try {
    return realpathSync(path) === realpathSync(volume.source);
  } catch {
    // It leads nowhere: whatever it was, nothing is lost.
    return true;
  }
}

function refusal({ source, target }: Volume, why: string): ScarError {
  return new ScarError("InvalidVolume", `F1 cannot show ${source} at ${target}: ${why}`, {
    hint: "give the volume the same path inside as outside, or a path that the image does not have",
  });
}
