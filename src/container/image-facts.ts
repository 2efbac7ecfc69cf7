/** What kind of system an image holds, told from its layers without unpacking them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Image } from "../registry/image.ts";
import { inspectRoot, type RootFacts } from "./inspect.ts";
import type { TarEntry } from "./tar/entry.ts";
import { TarReader } from "./tar/reader.ts";
import { FileWriter } from "./unpack/file-writer.ts";
import { LayerApplier } from "./unpack/layer.ts";
import { readLayer } from "./unpack/layer-stream.ts";
import { Ownership } from "./unpack/ownership.ts";

/** Loaders and C libraries, the programs that tell which one is used, and what names the distribution. */
const TELLING =
  /^(?:usr\/)?(?:lib\w*\/(?:[\w-]+-linux-\w+\/)?(?:ld-[^/]+|libc[.-][^/]+|os-release)|bin\/(?:sh|bash|dash|env|ls|busybox|python3[.\d]*))$|^etc\/(?:os-release|redhat-release|alpine-release)$/;

/** Links between folders of programs and libraries: `lib` → `usr/lib`. */
const FOLDER_LINK = /^(?:usr\/)?(?:bin|sbin|lib\w*)$/;

/** A glibc is below 3 MB, python below 8. */
const LARGEST = 16 * 1024 * 1024;

/**
 * Reads layers from the bottom up until one has brought a C library (nearly always the first), or all of an image without one. Throws what
 * reading a layer throws (`DigestMismatch`, `NotSupportedYet`, a registry's errors), and the signal's reason.
 */
export async function readImageFacts(image: Image, signal: AbortSignal): Promise<RootFacts> {
  const root = mkdtempSync(join(tmpdir(), "scar-look-"));
  const ownership = new Ownership(false, 0o777);
  try {
    for (const [index, layer] of image.layers.entries()) {
      const files = new FileWriter(ownership);
      const applier = new LayerApplier(root, ownership, files, new Map(), index === 0);
      const reader = new TarReader((entry) => (tells(entry) ? applier.apply(entry) : undefined));
      try {
        const name = `layer ${index + 1} of ${image.layers.length}`;
        await readLayer(layer, name, reader, { bytes: Number.POSITIVE_INFINITY }, signal);
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

function tells(entry: TarEntry): boolean {
  const name = plain(entry.name);
  if (entry.type === "file") return TELLING.test(name) && entry.size <= LARGEST;
  if (entry.type === "symlink") return TELLING.test(name) || FOLDER_LINK.test(name);
  return entry.type === "hard link" && TELLING.test(name) && TELLING.test(plain(entry.linkname));
}

const plain = (name: string): string => name.replace(/^(?:\.?\/)+|\/+$/g, "");
