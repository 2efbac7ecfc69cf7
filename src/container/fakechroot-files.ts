/** The libraries for F1 that a layer carries: fetched once and kept; what this machine has installed stands in where they cannot be had. */
import { ScarError } from "../errors.ts";
import { fittingLibraries } from "./engines/fakechroot/choice.ts";
import { fetchSource } from "./engines/fakechroot/fetch-source.ts";
import {
  INSTALLED,
  type LibraryPlaces,
  librariesAtHand,
  librariesIn,
  libraryAt,
} from "./engines/fakechroot/libraries.ts";
import { folderOf, isKept, type LibrarySource, librarySources } from "./engines/fakechroot/sources.ts";
import type { RootFacts } from "./inspect.ts";

export interface FakechrootFilesOptions {
  /** Folder of the user's cache; made when missing. */
  readonly cacheDir: string;
  /**
   * `UDOCKER_FAKECHROOT_SO`, `UDOCKER_LIB`, and `SCAR_FAKECHROOT_URL`: folder of the files, when it is not their publishers' own. They
   * must have the known sums, but udocker's archive another one when the address ends with it: `#sha256=HEX`. `HTTPS_PROXY` and the like:
   * the way to them.
   */
  readonly env: LibraryPlaces & Readonly<Record<string, string | undefined>>;
  /** Only what was fetched before. Default: false. */
  readonly offline?: boolean;
  readonly signal?: AbortSignal;
}

export interface FakechrootFile {
  /** Below `/opt/udocker/lib/`. */
  readonly name: string;
  /** Absolute path on this machine. */
  readonly path: string;
}

/** What could not be had, and why. */
export interface MissingLibraries {
  /** `libraries for glibc up to 2.32 and for musl`. */
  readonly gives: string;
  readonly error: ScarError;
}

export interface LayerLibraries {
  /** Sorted by name. */
  readonly files: readonly FakechrootFile[];
  readonly missing: readonly MissingLibraries[];
}

/**
 * All libraries for a processor: udocker's builds, for glibc before 2.33 and musl, Debian's for newer ones, and those of `UDOCKER_LIB`; the
 * same on every machine. A source that cannot be had is told, and the installed libraries stand in for it. What the user names with
 * `UDOCKER_FAKECHROOT_SO` comes alone.
 *
 * Throws ScarError `InvalidSetting`, `FakechrootLibraryNotFound`; where there is no library at all, why one could not be had
 * (`FakechrootDownload`, `DigestMismatch`, `FakechrootArchive`); the signal's reason.
 */
export async function fakechrootFiles(
  architecture: "amd64" | "arm64",
  options: FakechrootFilesOptions,
): Promise<LayerLibraries> {
  const { env, cacheDir, offline = false } = options;
  const named = env.UDOCKER_FAKECHROOT_SO !== undefined && env.UDOCKER_FAKECHROOT_SO !== "";
  if (named) return { files: filesOf(architecture, librariesAtHand(env).libraries.flat()), missing: [] };
  const sources = librarySources(architecture, env.SCAR_FAKECHROOT_URL);
  const had = await Promise.all(
    sources.map((source) => (offline ? folderOf(source, cacheDir) : fetchedOrMissing(source, options))),
  );
  const folders = had.filter((one) => typeof one === "string").filter(isKept);
  const missing = had.filter((one) => typeof one !== "string");
  const installed = folders.length < sources.length ? INSTALLED : [];
  const own = env.UDOCKER_LIB ? [env.UDOCKER_LIB] : [];
  const files = filesOf(architecture, [...folders, ...installed, ...own].flatMap(librariesIn));
  if (files.length === 0 && missing[0] !== undefined) throw missing[0].error;
  return { files, missing };
}

/** The one of these that would serve an image; undefined when F1 cannot run it. Images of static programs need none. */
export function libraryFor(root: RootFacts, files: readonly FakechrootFile[]): FakechrootFile | undefined {
  const libraries = files.map(({ path }) => libraryAt(path)).filter((library) => library !== undefined);
  const best = fittingLibraries(root, libraries)[0];
  return best && { name: best.name, path: best.path };
}

/** The folders of libraries that were fetched before, for a processor (OCI name). Throws ScarError `InvalidSetting`. */
export function keptLibraries(
  architecture: string,
  { cacheDir, env }: Pick<FakechrootFilesOptions, "cacheDir" | "env">,
): readonly string[] {
  return librarySources(architecture, env.SCAR_FAKECHROOT_URL)
    .map((source) => folderOf(source, cacheDir))
    .filter(isKept);
}

async function fetchedOrMissing(
  source: LibrarySource,
  options: FakechrootFilesOptions,
): Promise<string | MissingLibraries> {
  try {
    return await fetchSource(source, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof ScarError) return { gives: source.gives, error };
    throw error;
  }
}

/** Those for the processor, one of each name: the last. */
function filesOf(
  architecture: "amd64" | "arm64",
  libraries: ReturnType<typeof librariesIn>,
): readonly FakechrootFile[] {
  const files = new Map<string, FakechrootFile>();
  for (const { name, path, facts } of libraries) {
    if (facts.machine === architecture) files.set(name, { name, path });
  }
  return [...files.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
