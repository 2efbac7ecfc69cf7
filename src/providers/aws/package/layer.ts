/** The layer with the supervisor's bundle, named by its content. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ScarError } from "../../../errors.ts";
import { LAYER_FOLDER } from "../../../fdl/contract.ts";
import { VERSION } from "../../../version.ts";
import type { Architecture } from "../plan/definition.ts";
import { folderEntries } from "./files.ts";
import { unpackedSize, writeZip, type ZipEntry, type ZipFile } from "./zip.ts";

export interface LayerContent {
  /** Default `x86_64`. */
  readonly architecture?: Architecture;
  /** Further entries, by their names below /opt: the engines' libraries. */
  readonly extra?: readonly ZipEntry[];
}

export interface LayerPackage {
  readonly name: string;
  /** `VERSION sha256:HASH` of processor and content: by it the layer is found again. */
  readonly description: string;
  readonly license: string;
  readonly runtimes: readonly string[];
  readonly architecture: Architecture;
  /** Bytes of its entries. */
  readonly unpackedSize: number;
  /** Made when it is first asked for: mostly the layer is published already. */
  readonly zip: () => Promise<ZipFile>;
}

/**
 * The layer's zip goes to `target`, always the same bytes for the same content: its entries are stored, so that no
 * version of zlib has a say in it. Throws `SupervisorMissing` when scar was not built.
 */
export async function packageLayer(
  distDir: string,
  name: string,
  target: string,
  { architecture = "x86_64", extra = [] }: LayerContent = {},
): Promise<LayerPackage> {
  const folder = join(distDir, "supervisor");
  const bundle = await folderEntries(folder, LAYER_FOLDER).catch((cause: unknown) => {
    throw new ScarError("SupervisorMissing", `the supervisor's bundle is not at '${folder}'`, {
      hint: "install scar again, or run 'npm run build' in its sources",
      cause,
    });
  });
  // What the umask of an installation made of the files' modes is no part of the content.
  const own = bundle.map((entry) => ({ ...entry, executable: false }));
  const entries = [...own, ...extra].map((entry) => ({ ...entry, stored: true }));
  let zip: Promise<ZipFile> | undefined;
  return {
    name,
    description: `${VERSION} sha256:${await contentHash(architecture, entries)}`,
    license: "Apache-2.0",
    runtimes: ["nodejs20.x", "nodejs22.x", "nodejs24.x"],
    architecture,
    unpackedSize: unpackedSize(entries),
    zip: () => {
      zip ??= writeZip(entries, target);
      return zip;
    },
  };
}

/** Hash of the processor and of names, modes and contents. */
async function contentHash(architecture: Architecture, entries: readonly ZipEntry[]): Promise<string> {
  const hash = createHash("sha256").update(`${architecture}\0`);
  for (const entry of [...entries].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const content = "path" in entry.source ? await readFile(entry.source.path) : Buffer.from(entry.source.text);
    hash.update(`${entry.name}\0${entry.executable ? "x" : ""}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}
