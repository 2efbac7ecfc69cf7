/** Zip files that are the same bytes for the same content: entries sorted, times fixed, modes reduced to the x bit. */
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ZipArchive } from "archiver";

export interface ZipEntry {
  /** Path inside, with slashes. */
  readonly name: string;
  readonly source: { readonly path: string } | { readonly text: string };
  /** Default false. */
  readonly executable?: boolean;
  /** Bytes, unpacked. */
  readonly size: number;
  /** Stored as it is: for what is compressed already. Default false. */
  readonly stored?: boolean;
}

export interface ZipFile {
  readonly path: string;
  /** Bytes of the zip. */
  readonly size: number;
  /** Bytes of its entries. */
  readonly unpackedSize: number;
  /** SHA-256 in base64, as Lambda tells it. */
  readonly sha256: string;
}

/** Zip's times begin here. */
const EPOCH = new Date("1980-01-01T00:00:00Z");

/** Most commands write no zip, and the library is large. */
export const loadZip = () => import("archiver");

/** Writes `target` (mode 0600: packages carry credentials of storage providers). */
export async function writeZip(entries: readonly ZipEntry[], target: string): Promise<ZipFile> {
  const { ZipArchive } = await loadZip();
  const archive = new ZipArchive({ zlib: { level: 6 } });
  const hash = createHash("sha256");
  const written = pipeline(
    archive,
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        yield chunk;
      }
    },
    createWriteStream(target, { mode: 0o600 }),
  );
  for (const entry of [...entries].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    archive.append("path" in entry.source ? openLazily(entry.source.path, archive) : entry.source.text, {
      name: entry.name,
      date: EPOCH,
      mode: entry.executable ? 0o755 : 0o644,
      store: entry.stored ?? false,
    });
  }
  archive.finalize().catch((error: Error) => archive.destroy(error));
  await written;
  return {
    path: target,
    size: (await stat(target)).size,
    unpackedSize: unpackedSize(entries),
    sha256: hash.digest("base64"),
  };
}

/** Bytes. */
export function unpackedSize(entries: readonly ZipEntry[]): number {
  return entries.reduce((sum, entry) => sum + entry.size, 0);
}

/** The archive holds all its entries at once; their files are opened one by one. It does not pass on errors of its sources by itself. */
function openLazily(path: string, archive: ZipArchive): Readable {
  const file = Readable.from(
    (async function* () {
      yield* createReadStream(path);
    })(),
    { objectMode: false },
  );
  return file.on("error", (error) => archive.destroy(error));
}
