/** What kind of system an image holds, told from its layers without unpacking them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Image } from "../registry/image.ts";
import { inspectRoot, type RootFacts } from "./inspect.ts";
import type { TarEntry } from "./tar/entry.ts";
import { TarReader } from "./tar/reader.ts";
import { describeFailure } from "./unpack/failure.ts";
import { FileWriter } from "./unpack/file-writer.ts";
import { LayerApplier } from "./unpack/layer.ts";
import { readLayer } from "./unpack/layer-stream.ts";
import { Ownership } from "./unpack/ownership.ts";

/** Loaders and C libraries, the programs that tell which one is used, and what names the distribution. */
const TELLING =
  /^(?:usr\/)?(?:lib\w*\/(?:[\w-]+-linux-\w+\/)?(?:ld-[^/]+|libc[.-][^/]+|os-release)|bin\/(?:sh|bash|dash|env|ls|busybox|python3[.\d]*))$|^etc\/(?:os-release|redhat-release|alpine-release)$/;

/** Links between folders of programs and libraries: `lib` → `usr/lib`. */
const FOLDER_LINK = /^(?:usr\/)?(?:bin|sbin|lib\w*)$/;

/** Bytes of one such file: a glibc has 2 MB, python 8 to 30. */
const LARGEST = 64 * 1024 * 1024;
/** Bytes of all of them: no image needs more to tell what it is. */
const BUDGET = 256 * 1024 * 1024;

/**
 * Reads layers from the bottom up until one has brought a C library (nearly always the first), or all of an image without one. Throws what
 * unpacking a layer throws (`DamagedLayer`, `DigestMismatch`, `NotSupportedYet`, a registry's errors …), and the signal's reason.
 */
export async function readImageFacts(image: Image, signal: AbortSignal): Promise<RootFacts> {
  const root = mkdtempSync(join(tmpdir(), "scar-look-"));
  const ownership = new Ownership(false, 0o777);
  const telling = new TellingEntries();
  try {
    for (const [index, layer] of image.layers.entries()) {
      const name = `layer ${index + 1} of ${image.layers.length}`;
      const files = new FileWriter(ownership);
      const applier = new LayerApplier(root, ownership, files, new Map(), index === 0);
      const reader = new TarReader((entry) => (telling.take(entry) ? applier.apply(entry) : undefined));
      try {
        await readLayer(layer, name, reader, { bytes: Number.POSITIVE_INFINITY }, signal);
      } catch (error) {
        signal.throwIfAborted();
        throw describeFailure(error, { layer: name, entry: telling.last, rootfs: root });
      } finally {
        files.close();
      }
      const facts = inspectRoot(root);
      if (facts.libc !== "none") return facts;
    }
    return inspectRoot(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Chooses the entries, within the budget. */
class TellingEntries {
  #left = BUDGET;
  readonly #files = new Set<string>();
  /** Name of the last one. */
  last = "";

  take(entry: TarEntry): boolean {
    const name = plain(entry.name);
    if (!this.#isWanted(entry, name)) return false;
    this.last = entry.name;
    if (entry.type !== "symlink") this.#files.add(name);
    return true;
  }

  #isWanted(entry: TarEntry, name: string): boolean {
    if (entry.type === "symlink") return TELLING.test(name) || FOLDER_LINK.test(name);
    if (!TELLING.test(name)) return false;
    if (entry.type === "hard link") return this.#files.has(plain(entry.linkname));
    // A sparse file may be of any size, whatever it takes in the layer: none of these is one.
    if (entry.type !== "file" || entry.sparse !== undefined || entry.size > Math.min(LARGEST, this.#left)) return false;
    this.#left -= entry.size;
    return true;
  }
}

const plain = (name: string): string => name.replace(/^(?:\.?\/)+|\/+$/g, "");
