/** Which builds of libfakechroot are at hand. */
import { readdirSync, realpathSync, statSync } from "node:fs";
import { basename, isAbsolute, join } from "node:path";
import { ScarError } from "../../../errors.ts";
import { readLibrary } from "../../elf/library.ts";
import type { FakechrootLibrary } from "./choice.ts";

/** udocker's variables that say where libraries are. */
export interface LibraryPlaces {
  /** `UDOCKER_FAKECHROOT_SO`: the library to take, a path or a name in `UDOCKER_LIB`. */
  readonly UDOCKER_FAKECHROOT_SO?: string | undefined;
  /** `UDOCKER_LIB`: folder of libraries under udocker's names. */
  readonly UDOCKER_LIB?: string | undefined;
}

/** Where our layer keeps them: what the original's functions have in `UDOCKER_LIB`. */
export const LAYER_LIBRARIES = "/opt/udocker/lib";

/** Where distributions install theirs (Debian, Ubuntu; Fedora; Arch). */
export const INSTALLED = [
  "/usr/lib/x86_64-linux-gnu/fakechroot",
  "/usr/lib/aarch64-linux-gnu/fakechroot",
  "/usr/lib64/fakechroot",
  "/usr/lib/libfakeroot/fakechroot",
];

const NAME = /^libfakechroot.*\.so$/;

/**
 * The library that the user names, alone; else all of the first place's, then the next one's: `UDOCKER_LIB`, what is kept of a layer's
 * (`kept`: its folders), the layer, what is installed. Throws ScarError `FakechrootLibraryNotFound` when what the user names is not there.
 */
export function librariesAtHand(
  places: LibraryPlaces,
  kept: readonly string[] = [],
): { named: boolean; libraries: FakechrootLibrary[][] } {
  const named = places.UDOCKER_FAKECHROOT_SO;
  if (named) return { named: true, libraries: [[namedLibrary(named, places.UDOCKER_LIB)]] };
  // In a layer those that are kept lie together.
  const own = places.UDOCKER_LIB ? [[places.UDOCKER_LIB]] : [];
  const folders = [...own, kept, ...[LAYER_LIBRARIES, ...INSTALLED].map((folder) => [folder])];
  return { named: false, libraries: folders.map((together) => together.flatMap(librariesIn)) };
}

function namedLibrary(named: string, folder: string | undefined): FakechrootLibrary {
  const path = isAbsolute(named) ? named : join(folder ?? LAYER_LIBRARIES, named);
  const library = libraryAt(path);
  if (library !== undefined) return library;
  throw new ScarError("FakechrootLibraryNotFound", `UDOCKER_FAKECHROOT_SO: ${path} is not a library`, {
    hint: "name the path of a libfakechroot.so, or take the variable away: one that fits the image is looked for then",
  });
}

/** All in a folder; none when there is no such folder. */
export function librariesIn(folder: string): FakechrootLibrary[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names
    .filter((name) => NAME.test(name))
    .map((name) => libraryAt(join(folder, name)))
    .filter((library) => library !== undefined);
}

/** Facts by file: hundreds of udocker's names are links to a few builds. */
const known = new Map<string, ReturnType<typeof readLibrary>>();

/** The library at a path; undefined when it is none. */
export function libraryAt(path: string): FakechrootLibrary | undefined {
  try {
    const file = realpathSync(path);
    const { size, mtimeMs } = statSync(file);
    const key = `${file} ${size} ${mtimeMs}`;
    if (!known.has(key)) known.set(key, readLibrary(file));
    const facts = known.get(key);
    return facts && { name: basename(path), path: file, facts };
  } catch {
    return undefined;
  }
}
