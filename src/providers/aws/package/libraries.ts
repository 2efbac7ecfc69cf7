/** The libraries that F1, the engine that Lambda allows, has in the layer. */
import { join } from "node:path";
import type { FakechrootFile, LayerLibraries } from "../../../container/fakechroot-files.ts";
import { EXIT, ScarError } from "../../../errors.ts";
import { homeFolder } from "../../../home-folder.ts";
import { fileEntry } from "./files.ts";
import type { ZipEntry } from "./zip.ts";

/** Below the user's home. */
export const LIBRARIES = join(".scar", "libraries");

export interface LibraryOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** Whether what is not here yet is fetched: on this machine other engines stand in. */
  readonly fetch: boolean;
  readonly notice: (text: string) => void;
}

/**
 * All for a processor: udocker's and Debian's, fetched once into `~/.scar/libraries`. A notice tells what cannot be had: images that do
 * not need it can be deployed. Throws ScarError `NoCacheFolder` where something has to be fetched, and what `fakechrootFiles` throws.
 */
export async function libraryFiles(
  architecture: "amd64" | "arm64",
  { env, signal, fetch, notice }: LibraryOptions,
): Promise<LayerLibraries> {
  const home = homeFolder(env);
  if (!home) {
    if (!fetch) return { files: [], missing: [] };
    throw new ScarError("NoCacheFolder", "HOME is not set: the layer's libraries have no place", {
      exitCode: EXIT.usage,
      hint: "set HOME",
    });
  }
  const { fakechrootFiles } = await import("../../../container/fakechroot-files.ts");
  const found = await fakechrootFiles(architecture, { cacheDir: join(home, LIBRARIES), env, signal, offline: !fetch });
  for (const { gives, error } of found.missing) notice(`the layer goes without the ${gives}: ${error.message}`);
  return found;
}

/** As entries of the layer, where the engine looks for them. */
export function libraryEntries(files: readonly FakechrootFile[]): Promise<readonly ZipEntry[]> {
  return Promise.all(files.map(({ name, path }) => fileEntry(path, `udocker/lib/${name}`)));
}
