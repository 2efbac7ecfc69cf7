/** Which build of libfakechroot serves an image: pure; who has the files is `libraries.ts`. */
import type { LibraryFacts } from "../../elf/library.ts";
import type { Distribution, RootFacts } from "../../inspect.ts";

export interface FakechrootLibrary {
  /** `libfakechroot-Debian-11-x86_64.so` or the like. */
  readonly name: string;
  /** Absolute path. */
  readonly path: string;
  readonly facts: LibraryFacts;
}

/**
 * Since 2.33 glibc has the functions of the `stat` family themselves, before only `__xstat` behind macros: a build for older ones leaves
 * newer programs' stat(2) to the machine's files, which looks like success. (Seen with udocker's builds of 2023, which all do.)
 */
const STAT_IS_A_FUNCTION = [2, 33] as const;

/** From 2.28 on programs ask statx(2) by a function of its own. */
const STATX_IS_A_FUNCTION = [2, 28] as const;

/** os-release's ID → the names that udocker gives its builds (it takes the first word of the distribution's own name). */
const UDOCKER_NAMES: Readonly<Record<string, string>> = {
  almalinux: "AlmaLinux",
  alpine: "Alpine",
  centos: "CentOS",
  debian: "Debian",
  fedora: "Fedora",
  linuxmint: "LinuxMint",
  rhel: "Red",
  rocky: "Rocky",
  scientific: "Scientific",
  ubuntu: "Ubuntu",
};

/**
 * The libraries that serve the image, best first: of its distribution, of the release nearest to its own (rather an older one); then the
 * one that needs the newest C library.
 */
export function fittingLibraries(root: RootFacts, libraries: readonly FakechrootLibrary[]): FakechrootLibrary[] {
  const distance = new Map(libraries.map((library) => [library, distanceFrom(root.distribution, library.name)]));
  return libraries
    .filter((library) => serves(library.facts, root))
    .sort(
      (a, b) => distance.get(a)! - distance.get(b)! || compare(b.facts.needsGlibc, a.facts.needsGlibc) || byName(b, a),
    );
}

/** Whether a library works with an image's C library and processor. */
export function serves(facts: LibraryFacts, root: RootFacts): boolean {
  if (root.libc !== facts.libc) return false;
  if (root.machine !== undefined && root.machine !== facts.machine) return false;
  if (facts.libc === "musl") return true;
  const version = versionOf(root.version);
  // A glibc that does not tell its version: whatever loads is tried.
  if (version === undefined) return true;
  if (compare(facts.needsGlibc, version) > 0) return false;
  const has = (name: string, since: readonly [number, number]): boolean =>
    compare(version, since) < 0 || facts.defines.has(name);
  return has("stat", STAT_IS_A_FUNCTION) && has("statx", STATX_IS_A_FUNCTION);
}

/** Farther than any release of the same distribution. */
const OF_ANOTHER = 1e9;

/** How far the release that a library was built for is from the image's: 0 for the same, much for a newer one. */
function distanceFrom(distribution: Distribution | undefined, library: string): number {
  const name = distribution && UDOCKER_NAMES[distribution.id];
  const match = /^libfakechroot-([A-Za-z]+)(?:-([\d.]+))?-/.exec(library);
  if (name === undefined || match?.[1] !== name) return OF_ANOTHER;
  const built = match[2];
  // Without a version: a link to the newest.
  if (built === undefined) return OF_ANOTHER - 1;
  // udocker counts Alpine's releases by two numbers, the others' by one.
  const parts = name === "Alpine" ? 2 : 1;
  const difference = releaseNumber(distribution!.versionId, parts) - releaseNumber(built, parts);
  return difference >= 0 ? difference : 1e6 - difference;
}

/** `3.18.4` by two numbers: 3018. */
function releaseNumber(version: string, parts: number): number {
  const [major = 0, minor = 0] = version.split(".").map((part) => Number.parseInt(part, 10) || 0);
  return parts === 2 ? major * 1000 + minor : major;
}

/** Of the builds for one C library the name with the higher version: they are numbered by their distributions' releases. */
function byName(a: FakechrootLibrary, b: FakechrootLibrary): number {
  return a.name.localeCompare(b.name, "en", { numeric: true });
}

function compare(a: readonly [number, number], b: readonly [number, number]): number {
  return a[0] - b[0] || a[1] - b[1];
}

function versionOf(text: string | undefined): readonly [number, number] | undefined {
  const match = /^(\d+)\.(\d+)/.exec(text ?? "");
  return match === null ? undefined : [Number(match[1]), Number(match[2])];
}
