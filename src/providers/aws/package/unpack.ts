/** Packages that were deployed: fetched, and read again. */
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Entry, type ZipFile as OpenZip, open } from "yauzl";
import { messageOf, ScarError } from "../../../errors.ts";
import type { ZipEntry } from "./zip.ts";

/** Saves the zip behind a link of GetFunction's. Throws ScarError `PackageUnreadable`; the link itself, which is a key, is in no message. */
export async function downloadPackage(
  functionName: string,
  link: string | undefined,
  target: string,
  signal: AbortSignal,
): Promise<void> {
  if (link === undefined) throw unreadable(functionName, "AWS tells no place of it");
  const answer = await fetch(link, { signal }).catch((error: unknown) => {
    throw unreadable(functionName, "it cannot be fetched", error);
  });
  if (!answer.ok || answer.body === null) throw unreadable(functionName, `HTTP status ${answer.status}`);
  await pipeline(Readable.fromWeb(answer.body as never), createWriteStream(target, { mode: 0o600 }), { signal });
}

/**
 * Unpacks the files of a zip below `folder` and returns them as entries of a new one. Throws ScarError `PackageUnreadable` for what is no zip
 * and for names that lead outside.
 */
export async function unpackEntries(functionName: string, zip: string, folder: string): Promise<ZipEntry[]> {
  const entries: ZipEntry[] = [];
  try {
    const opened = await openZip(zip);
    await new Promise<void>((resolve, reject) => {
      const visit = async (entry: Entry): Promise<void> => {
        if (!entry.fileName.endsWith("/")) entries.push(await unpackEntry(opened, entry, folder));
        opened.readEntry();
      };
      opened.on("error", reject);
      opened.on("end", resolve);
      opened.on("entry", (entry: Entry) => void visit(entry).catch(reject));
      opened.readEntry();
    }).finally(() => opened.close());
  } catch (error) {
    throw unreadable(functionName, messageOf(error), error);
  }
  return entries;
}

/** yauzl refuses absolute names, `..` and backslashes by itself. */
function openZip(path: string): Promise<OpenZip> {
  return new Promise((resolve, reject) => {
    open(path, { lazyEntries: true, autoClose: false, strictFileNames: true }, (error, opened) =>
      error ? reject(error) : resolve(opened),
    );
  });
}

async function unpackEntry(zip: OpenZip, entry: Entry, folder: string): Promise<ZipEntry> {
  const path = join(folder, entry.fileName);
  await mkdir(dirname(path), { recursive: true });
  const stream = await new Promise<Readable>((resolve, reject) => {
    zip.openReadStream(entry, (error, opened) => (error ? reject(error) : resolve(opened)));
  });
  await pipeline(stream, createWriteStream(path, { mode: 0o600 }));
  const mode = entry.externalFileAttributes >>> 16;
  return {
    name: entry.fileName,
    source: { path },
    size: entry.uncompressedSize,
    executable: (mode & 0o111) !== 0,
    stored: entry.compressionMethod === 0,
  };
}

function unreadable(functionName: string, why: string, cause?: unknown): ScarError {
  return new ScarError("PackageUnreadable", `the package of function '${functionName}' cannot be read: ${why}`, {
    cause,
    hint: "'scar update -f FILE' makes it anew from the function's file",
  });
}
