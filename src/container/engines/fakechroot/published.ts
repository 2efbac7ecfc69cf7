/** The builds of libfakechroot that others publish and a layer takes: whose, where, and what their files are known by. */

export interface PublishedFile {
  /** Its name in a mirror's folder. */
  readonly file: string;
  /** Where it is published. */
  readonly url: string;
  /** SHA-256, in hexadecimal digits. */
  readonly sha256: string;
}

type ByProcessor<T> = Readonly<Record<"amd64" | "arm64", T>>;

/** The repository udocker_tools, at the commit whose signed `metadata.json` lists these sums. */
const UDOCKER_TOOLS =
  "https://github.com/LIP-Computing/udocker_tools/raw/6c56bbc90f50af49d5ec1030e099cbf225a6060f/tarballs/";

const ofUdocker = (file: string, sha256: string): PublishedFile => ({ file, url: UDOCKER_TOOLS + file, sha256 });

/** udocker's: one archive for each processor. */
export const UDOCKER: ByProcessor<PublishedFile> = {
  amd64: ofUdocker("libfakechroot-x86_64.tgz", "c4280e0e3b3fa5ba6d94be0d43a2379d9d4390f08c96adc83cf4ba6be939d757"),
  arm64: ofUdocker("libfakechroot-arm64.tgz", "534353dcaac2618e1cf45145115fcdc4e22096fc880f8abf6975bab948b4b1c0"),
};

/**
 * Of the forty-odd builds those that a layer needs: one for each step of the C libraries (statx in 2.28, musl 1.2) and for the
 * distributions that stayed behind. The others do nothing that these do not; those for glibc 2.33 and newer hold no program of it
 * (they leave stat(2) out).
 */
export const KEPT = new Set(
  [
    ...["CentOS-6", "CentOS-7", "AlmaLinux-8"],
    ...["Ubuntu-14", "Ubuntu-16", "Ubuntu-18", "Ubuntu-20"],
    ...["Alpine-3.6", "Alpine-3.10", "Alpine-3.13", "Alpine-3.16", "Alpine-3.18"],
  ].flatMap((release) => ["x86_64", "arm64"].map((arch) => `libfakechroot-${release}-${arch}.so`)),
);

export interface PublishedPackage extends PublishedFile {
  /**
   * Name of its one library in a layer: in udocker's pattern, so that it counts as Debian 12's, with its own version, so that it is never
   * the name of a build of udocker's, which holds less.
   */
  readonly library: string;
}

/** Debian's archive of all that it ever published; it knows files by their SHA-1. */
const ofDebian = (arch: string, built: string, sha1: string, sha256: string): PublishedPackage => ({
  file: `libfakechroot_2.20.1+ds-15_${arch}.deb`,
  url: `https://snapshot.debian.org/file/${sha1}`,
  sha256,
  library: `libfakechroot-Debian-12-2.20.1-${built}.so`,
});

/** Debian's package libfakechroot, as Debian 12 has it: of those that hold stat(2), the one that asks least of the C library. */
export const DEBIAN: ByProcessor<PublishedPackage> = {
  amd64: ofDebian(
    "amd64",
    "x86_64",
    "b916e2f806ad95278bd75e56549efd7bd9599937",
    "3d05e6e8ec652748fc7ed5279094b17c8d8859f10d802556a57d300fdaec5938",
  ),
  arm64: ofDebian(
    "arm64",
    "arm64",
    "9a75d014cb8dbcf174abb97b0cd70ec03f48077f",
    "e037c42f8ad778e151232b5deaa2c0bc4c22324b8afca8d4da68fe61fa7d7d92",
  ),
};
