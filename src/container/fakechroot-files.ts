/** The libraries for F1 that a layer carries: fetched once, kept, and joined with what this machine has installed. */
import { createHash, randomBytes } from "node:crypto";
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { ScarError } from "../errors.ts";
import { fittingLibraries } from "./engines/fakechroot/choice.ts";
import { download } from "./engines/fakechroot/download.ts";
import {
  INSTALLED,
  type LibraryPlaces,
  librariesAtHand,
  librariesIn,
  libraryAt,
} from "./engines/fakechroot/libraries.ts";
import { KEPT, PUBLISHED, PUBLISHED_AT } from "./engines/fakechroot/published.ts";
import type { RootFacts } from "./inspect.ts";
import { TarReader } from "./tar/reader.ts";

export interface FakechrootFilesOptions {
  /** Folder of the user's cache; made when missing. */
  readonly cacheDir: string;
  /** `UDOCKER_FAKECHROOT_SO`, `UDOCKER_LIB`, and `SCAR_FAKECHROOT_URL`: see `baseUrl`. */
  readonly env: LibraryPlaces & { readonly SCAR_FAKECHROOT_URL?: string | undefined };
  /**
   * Folder of the archives, when it is not udocker's own: wins over `SCAR_FAKECHROOT_URL`. Its archives must have the known sums,
   * unless it ends with the sum of its own, `#sha256=HEX`.
   */
  readonly baseUrl?: string | undefined;
  /** Only what was fetched before; nothing of udocker's otherwise. Default: false. */
  readonly offline?: boolean;
  /** Default: Node's own. */
  readonly fetch?: typeof globalThis.fetch;
  readonly signal?: AbortSignal;
}

export interface FakechrootFile {
  /** Below `/opt/udocker/lib/`. */
  readonly name: string;
  /** Absolute path on this machine. */
  readonly path: string;
}

/** The published archives are below 40 MB unpacked. */
const UNPACKED_LIMIT = 256 * 1024 * 1024;

/**
 * All libraries for a processor, sorted by name: udocker's builds, for glibc before 2.33 and musl, and those installed here, which alone
 * serve newer ones. What the user names with `UDOCKER_FAKECHROOT_SO` comes alone.
 *
 * Throws ScarError `FakechrootDownload`, `DigestMismatch` and `FakechrootLibraryNotFound`.
 */
export async function fakechrootFiles(
  architecture: "amd64" | "arm64",
  options: FakechrootFilesOptions,
): Promise<readonly FakechrootFile[]> {
  const own = options.env.UDOCKER_FAKECHROOT_SO
    ? librariesAtHand(options.env).libraries.flat()
    : [options.env.UDOCKER_LIB, ...INSTALLED].flatMap((folder) => (folder ? librariesIn(folder) : []));
  const published = options.env.UDOCKER_FAKECHROOT_SO
    ? []
    : librariesIn(await publishedLibraries(architecture, options));
  const files = new Map<string, FakechrootFile>();
  for (const { name, path, facts } of [...published, ...own]) {
    if (facts.machine === architecture) files.set(name, { name, path });
  }
  return [...files.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The one of these that would serve an image; undefined when F1 cannot run it. Images of static programs need none. */
export function libraryFor(root: RootFacts, files: readonly FakechrootFile[]): FakechrootFile | undefined {
  const libraries = files.map(({ path }) => libraryAt(path)).filter((library) => library !== undefined);
  const best = fittingLibraries(root, libraries)[0];
  return best && { name: best.name, path: best.path };
}

/** The folder of udocker's libraries in `cacheDir` when they were fetched before. */
export function keptLibraries(architecture: string, cacheDir: string): string | undefined {
  const published = Object.hasOwn(PUBLISHED, architecture) ? PUBLISHED[architecture as "amd64" | "arm64"] : undefined;
  const folder = published && join(cacheDir, `fakechroot-${published.sha256}`);
  return folder !== undefined && librariesIn(folder).length > 0 ? folder : undefined;
}

/** Folder of the unpacked archive, by its sum: appears whole or not at all. */
async function publishedLibraries(architecture: "amd64" | "arm64", options: FakechrootFilesOptions): Promise<string> {
  const { archive, sha256 } = PUBLISHED[architecture];
  const { url, sum = sha256 } = addressOf(archive, options.baseUrl ?? options.env.SCAR_FAKECHROOT_URL ?? PUBLISHED_AT);
  const folder = join(options.cacheDir, `fakechroot-${sum}`);
  if (options.offline || (await readdir(folder).catch(() => [])).length > 0) return folder;
  const bytes = await download(url, options);
  const found = createHash("sha256").update(bytes).digest("hex");
  if (found !== sum) {
    throw new ScarError("DigestMismatch", `${url.href} is not the known file: its SHA-256 is ${found}, not ${sum}`, {
      hint: "a proxy may have put another page in its place; name a mirror with SCAR_FAKECHROOT_URL",
    });
  }
  const staging = join(options.cacheDir, `.fakechroot-${randomBytes(6).toString("hex")}`);
  await mkdir(staging, { recursive: true });
  try {
    for (const [name, content] of librariesOf(bytes)) await writeFile(join(staging, name), content, { mode: 0o644 });
    await rename(staging, folder);
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    // Another process may have been faster.
    if ((await readdir(folder).catch(() => [])).length === 0) throw error;
  }
  return folder;
}

/** Splits a base address and the sum of its own that it may end with. Throws ScarError `InvalidSetting`. */
function addressOf(archive: string, base: string): { url: URL; sum?: string } {
  const [folder = "", sum] = base.split("#sha256=");
  const slash = folder.endsWith("/") ? "" : "/";
  if (!URL.canParse(folder) || (sum !== undefined && !/^[0-9a-f]{64}$/.test(sum))) {
    throw new ScarError(
      "InvalidSetting",
      "SCAR_FAKECHROOT_URL is not an address, or what follows #sha256= is no such sum",
    );
  }
  const url = new URL(archive, `${folder}${slash}`);
  if (url.username || url.password) {
    throw new ScarError("InvalidSetting", "SCAR_FAKECHROOT_URL must not hold a user name or a password");
  }
  return sum === undefined ? { url } : { url, sum };
}

/** Files of the archive that are kept, by name. */
function librariesOf(archive: Buffer): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  const reader = new TarReader((entry) => {
    const name = basename(entry.name);
    if (entry.type !== "file" || !KEPT.has(name)) return undefined;
    const chunks: Buffer[] = [];
    return {
      write: (chunk) => chunks.push(Buffer.from(chunk)),
      end: () => found.set(name, Buffer.concat(chunks)),
    };
  });
  reader.write(gunzipSync(archive, { maxOutputLength: UNPACKED_LIMIT }));
  reader.end();
  return found;
}
