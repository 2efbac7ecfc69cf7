/** The environment in which the loader brings libfakechroot into a container's programs (fakechroot(1), ld.so(8)). */
import { isAbsolute } from "node:path";
import { ScarError } from "../../../errors.ts";
import type { InsidePaths } from "../../inside-paths.ts";

export interface FakechrootParts {
  /** Absolute, free of symlinks: what getcwd(2) answers is compared with it. */
  readonly rootfs: string;
  /** Absolute path of libfakechroot, outside. */
  readonly library: string;
  /** Loader that starts every further program, outside. */
  readonly loader: string;
  /** Folders of the image's libraries, outside. */
  readonly libraryFolders: readonly string[];
  /** Paths that are the machine's own inside as well. */
  readonly shared: readonly string[];
  /** A short path that leads to the root: a socket's address holds 107 bytes, less than a root's own path often has. */
  readonly socketRoot: string;
  readonly places: InsidePaths;
}

/** As many paths as the library keeps apart. */
const MOST_SHARED = 100;

/** The variables of the command with those of fakechroot; the image's own `LD_LIBRARY_PATH` and `LD_PRELOAD` mean paths inside. */
export function fakechrootEnvironment(
  env: Readonly<Record<string, string>>,
  parts: FakechrootParts,
): Record<string, string> {
  const { rootfs, library, loader, places } = parts;
  const outside = (value: string | undefined, separator: RegExp): string[] =>
    (value ?? "")
      .split(separator)
      .filter((path) => path !== "")
      .map((path) => (isAbsolute(path) ? places.outside(path) : path))
      .filter((path) => path !== undefined);
  // The root too: a program that tells its own path (Python's sys.executable) tells it as the loader got it.
  const shared = [...new Set([...parts.shared, rootfs])];
  if (shared.length > MOST_SHARED) throw new ScarError("InvalidVolume", `F1 serves ${MOST_SHARED} volumes at most`);
  const withColon = [...shared, ...parts.libraryFolders, library].find((path) => path.includes(":"));
  if (withColon !== undefined) throw new ScarError("InvalidVolume", `F1 cannot use a path with a colon: ${withColon}`);
  return {
    ...env,
    LD_PRELOAD: [library, ...outside(env["LD_PRELOAD"], /[ :]/)].join(":"),
    LD_LIBRARY_PATH: [...outside(env["LD_LIBRARY_PATH"], /[:;]/), ...parts.libraryFolders].join(":"),
    FAKECHROOT_BASE: rootfs,
    FAKECHROOT_ELFLOADER: loader,
    FAKECHROOT_EXCLUDE_PATH: shared.join(":"),
    FAKECHROOT_AF_UNIX_PATH: parts.socketRoot,
  };
}
