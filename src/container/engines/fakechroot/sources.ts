/** What a layer's libraries are fetched from, and where they are kept. */
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { EXIT, ScarError } from "../../../errors.ts";
import { FilePicker } from "../../tar/pick-files.ts";
import { DEBIAN, KEPT, type PublishedFile, type PublishedPackage, UDOCKER } from "./published.ts";

export interface LibrarySource {
  /** What it gives a layer, for the user. */
  readonly gives: string;
  readonly url: URL;
  /** SHA-256 that it must have, in hexadecimal digits. */
  readonly sha256: string;
  /** Bytes; it is smaller. */
  readonly limit: number;
  /** Its libraries by their names in a layer. Throws Error where it is damaged. */
  readonly unpack: (bytes: Buffer) => Promise<ReadonlyMap<string, Buffer>>;
}

const MIB = 1024 * 1024;

/** Bytes; udocker's archives are below 10 MB, and 40 MB unpacked, Debian's packages below 50 kB and 200 kB. */
const LIMITS = { archive: 64 * MIB, archiveUnpacked: 256 * MIB, package: MIB, packageUnpacked: 16 * MIB };

/**
 * udocker's archive and Debian's package for a processor; none for one that Lambda does not have. `mirror`: the folder that both come
 * from instead, under their names (`SCAR_FAKECHROOT_URL`); ending with `#sha256=HEX` it has an archive of its own in the place of udocker's.
 * Throws ScarError `InvalidSetting`.
 */
export function librarySources(architecture: string, mirror: string | undefined): readonly LibrarySource[] {
  if (architecture !== "amd64" && architecture !== "arm64") return [];
  const archive = UDOCKER[architecture];
  const debian = DEBIAN[architecture];
  const { folder, sum = archive.sha256 } = mirror ? mirrorOf(mirror) : {};
  return [
    {
      gives: "libraries for glibc up to 2.32 and for musl",
      url: addressOf(archive, folder),
      sha256: sum,
      limit: LIMITS.archive,
      unpack: librariesOfArchive,
    },
    {
      gives: "library for glibc from 2.34 on",
      url: addressOf(debian, folder),
      sha256: debian.sha256,
      limit: LIMITS.package,
      unpack: (bytes) => libraryOfPackage(bytes, debian),
    },
  ];
}

/** The folder of a source's libraries in `cacheDir`, known by the sum. */
export function folderOf({ sha256 }: LibrarySource, cacheDir: string): string {
  return join(cacheDir, `fakechroot-${sha256}`);
}

/** Whether the folder is there: it appears whole or not at all. */
export function isKept(folder: string): boolean {
  try {
    return readdirSync(folder).length > 0;
  } catch {
    return false;
  }
}

/** A mirror's folder may spell a plus in its own way; escaped, it is one everywhere. */
function addressOf({ file, url }: PublishedFile, mirror: string | undefined): URL {
  return mirror === undefined ? new URL(url) : new URL(encodeURIComponent(file), mirror);
}

/** Splits the address of a folder and the sum that it may end with. */
function mirrorOf(mirror: string): { folder: string; sum?: string } {
  const [address = "", sum] = mirror.split("#sha256=");
  const folder = address.endsWith("/") ? address : `${address}/`;
  if (!URL.canParse(folder) || (sum !== undefined && !/^[0-9a-f]{64}$/.test(sum))) {
    throw invalid("SCAR_FAKECHROOT_URL is not an address, or what follows #sha256= is no such sum");
  }
  const { username, password } = new URL(folder);
  if (username || password) throw invalid("SCAR_FAKECHROOT_URL must not hold a user name or a password");
  return sum === undefined ? { folder } : { folder, sum };
}

const invalid = (message: string): ScarError =>
  new ScarError("InvalidSetting", message, {
    exitCode: EXIT.usage,
    hint: "it is the address of a folder, like https://mirror.example.com/scar/, and may end with #sha256= and 64 hexadecimal digits",
  });

async function librariesOfArchive(bytes: Buffer): Promise<ReadonlyMap<string, Buffer>> {
  const picker = new FilePicker(({ name }) => (KEPT.has(basename(name)) ? basename(name) : undefined));
  picker.write(gunzipSync(bytes, { maxOutputLength: LIMITS.archiveUnpacked }));
  return picker.end();
}

const IN_PACKAGE = /^\.?\/?usr\/lib\/[^/]+\/fakechroot\/libfakechroot\.so$/;

async function libraryOfPackage(bytes: Buffer, { library }: PublishedPackage): Promise<ReadonlyMap<string, Buffer>> {
  // What reads packages is needed once in the life of a machine.
  const { filesOfPackage } = await import("../../debian/package.ts");
  return filesOfPackage(bytes, LIMITS.packageUnpacked, ({ name }) => (IN_PACKAGE.test(name) ? library : undefined));
}
