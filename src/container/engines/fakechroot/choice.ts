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

/** The libraries that serve the image, best first: of its distribution, then the one built for the nearest C library before its own. */
export function fittingLibraries(root: RootFacts, libraries: readonly FakechrootLibrary[]): FakechrootLibrary[] {
  const own = ownNames(root.distribution);
  const rank = ({ name }: FakechrootLibrary): number => {
    const at = own.findIndex((start) => name.startsWith(start));
    return at === -1 ? own.length : at;
  };
  return libraries
    .filter((library) => serves(library.facts, root))
    .sort((a, b) => rank(a) - rank(b) || compare(b.facts.needsGlibc, a.facts.needsGlibc) || byName(b, a));
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
  return compare(version, STAT_IS_A_FUNCTION) < 0 || facts.defines.has("stat");
}

/** Beginnings of the names of a distribution's builds: of its version, then of any. */
function ownNames(distribution: Distribution | undefined): string[] {
  const name = distribution && UDOCKER_NAMES[distribution.id];
  if (name === undefined) return [];
  // udocker counts Alpine's versions by two numbers, the others' by one.
  const version = distribution!.versionId.split(".").slice(0, name === "Alpine" ? 2 : 1);
  return [`libfakechroot-${name}-${version.join(".")}-`, `libfakechroot-${name}-`];
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
