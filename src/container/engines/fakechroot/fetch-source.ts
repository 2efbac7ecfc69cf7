import { createHash, randomBytes } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, ScarError } from "../../../errors.ts";
import { download } from "./download.ts";
import { folderOf, isKept, type LibrarySource } from "./sources.ts";

export interface FetchOptions {
  /** Made when missing. */
  readonly cacheDir: string;
  /** The proxies' variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

/**
 * Folder of a source's libraries: the one that is kept, else fetched, checked and unpacked. It appears whole or not at all.
 * Throws ScarError `FakechrootDownload`, `InvalidProxy`, `DigestMismatch`, and `FakechrootArchive` for what cannot be unpacked or kept; the signal's reason.
 */
export async function fetchSource(source: LibrarySource, options: FetchOptions): Promise<string> {
  const folder = folderOf(source, options.cacheDir);
  if (isKept(folder)) return folder;
  const bytes = await download(source.url, { ...options, limit: source.limit });
  const found = createHash("sha256").update(bytes).digest("hex");
  if (found !== source.sha256) {
    throw new ScarError(
      "DigestMismatch",
      `${source.url.href} is not the known file: its SHA-256 is ${found}, not ${source.sha256}`,
      { hint: "a proxy may have put another page in its place; name a mirror with SCAR_FAKECHROOT_URL" },
    );
  }
  try {
    const libraries = await source.unpack(bytes);
    if (libraries.size === 0) throw new Error("it holds none of the libraries");
    await keep(libraries, folder, options.cacheDir);
  } catch (cause) {
    throw new ScarError("FakechrootArchive", `${source.url.href} cannot be unpacked: ${messageOf(cause)}`, {
      hint: `check that there is room, and that you may write to ${options.cacheDir}`,
      cause,
    });
  }
  return folder;
}

async function keep(libraries: ReadonlyMap<string, Buffer>, folder: string, cacheDir: string): Promise<void> {
  const staging = join(cacheDir, `.fakechroot-${randomBytes(6).toString("hex")}`);
  try {
    await mkdir(staging, { recursive: true });
    for (const [name, content] of libraries) await writeFile(join(staging, name), content, { mode: 0o644 });
    await rename(staging, folder);
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    // Another process may have been faster.
    if (!isKept(folder)) throw error;
  }
}
