/** The builds of libfakechroot that udocker publishes, one archive for each processor. */

export interface PublishedLibraries {
  /** Name of the archive below the base address. */
  readonly archive: string;
  /** SHA-256 of the archive, as udocker's signed `metadata.json` has it. */
  readonly sha256: string;
}

/** The repository udocker_tools, at the commit whose metadata lists these sums. */
export const PUBLISHED_AT =
  "https://github.com/LIP-Computing/udocker_tools/raw/6c56bbc90f50af49d5ec1030e099cbf225a6060f/tarballs/";

export const PUBLISHED: Readonly<Record<"amd64" | "arm64", PublishedLibraries>> = {
  amd64: {
    archive: "libfakechroot-x86_64.tgz",
    sha256: "c4280e0e3b3fa5ba6d94be0d43a2379d9d4390f08c96adc83cf4ba6be939d757",
  },
  arm64: {
    archive: "libfakechroot-arm64.tgz",
    sha256: "534353dcaac2618e1cf45145115fcdc4e22096fc880f8abf6975bab948b4b1c0",
  },
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
