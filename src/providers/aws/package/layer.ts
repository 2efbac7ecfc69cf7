/** The layer with the supervisor's bundle, named by its content. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ScarError } from "../../../errors.ts";
import { LAYER_FOLDER } from "../../../fdl/contract.ts";
import { VERSION } from "../../../version.ts";
import { folderEntries } from "./files.ts";
import { writeZip, type ZipEntry, type ZipFile } from "./zip.ts";

export interface LayerPackage {
  readonly name: string;
  /** `VERSION sha256:HASH` of the content: by it the layer is found again. */
  readonly description: string;
  readonly license: string;
  readonly runtimes: readonly string[];
  readonly zip: ZipFile;
}

/** Builds the layer's zip into the folder `workspace`. Throws `SupervisorMissing` when scar was not built. */
export async function packageLayer(distDir: string, name: string, workspace: string): Promise<LayerPackage> {
  const folder = join(distDir, "supervisor");
  const entries = await folderEntries(folder, LAYER_FOLDER).catch((cause: unknown) => {
    throw new ScarError("SupervisorMissing", `the supervisor's bundle is not at '${folder}'`, {
      hint: "install scar again, or run 'npm run build' in its sources",
      cause,
    });
  });
  return {
    name,
    description: `${VERSION} sha256:${await contentHash(entries)}`,
    license: "Apache-2.0",
    runtimes: ["nodejs20.x", "nodejs22.x", "nodejs24.x"],
    zip: await writeZip(entries, join(workspace, "layer.zip")),
  };
}

/** Hash of names and contents; the zip's own bytes depend on Node's zlib. */
async function contentHash(entries: readonly ZipEntry[]): Promise<string> {
  const hash = createHash("sha256");
  for (const entry of [...entries].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const content = "path" in entry.source ? await readFile(entry.source.path) : Buffer.from(entry.source.text);
    hash.update(`${entry.name}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}

/** The release in a layer version's description, ours or the original's. */
export function supervisorVersion(description: string): string {
  return description.split(" ")[0] ?? "";
}
