/** Reads a deployment package: what is in it, and how it is unpacked without a way out of its folder. */
import { createWriteStream } from "node:fs";
import { chmod, mkdir, symlink } from "node:fs/promises";
import { dirname, join, normalize, posix } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Entry, open, type ZipFile } from "yauzl";
import { AwsError } from "../../service.ts";

const S_IFMT = 0o170000;
const S_IFLNK = 0o120000;
const S_IFDIR = 0o040000;
/** `version made by` of archives that carry Unix modes. */
const UNIX = 3;
const MAX_LINK = 4096;

const invalid = (): AwsError =>
  new AwsError(
    400,
    "InvalidParameterValueException",
    "Could not unzip uploaded file. Please check your file, then try to upload again.",
  );

/**
 * Checks that the file is a zip whose entries stay inside, and adds up their sizes.
 * Throws AwsError `InvalidParameterValueException` when it is not.
 */
export async function inspectZip(path: string): Promise<{ readonly unzippedSize: number; readonly entries: number }> {
  let unzippedSize = 0;
  let entries = 0;
  await eachEntry(path, async (entry) => {
    unzippedSize += entry.uncompressedSize;
    entries += 1;
  });
  if (entries === 0) throw new AwsError(400, "InvalidParameterValueException", "Uploaded file must be a non-empty zip");
  return { unzippedSize, entries };
}

/** Unpacks into `folder` (made when missing), modes kept; links that lead outside are refused like names that do. */
export async function unzip(path: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const links: { readonly at: string; readonly target: string }[] = [];
  await eachEntry(path, async (entry, zip) => {
    const target = join(folder, entry.fileName);
    const mode = unixMode(entry);
    if (isFolder(entry, mode)) {
      await mkdir(target, { recursive: true, mode: 0o755 });
      return;
    }
    await mkdir(dirname(target), { recursive: true, mode: 0o755 });
    const stream = await openEntry(zip, entry);
    if ((mode & S_IFMT) === S_IFLNK) {
      links.push({ at: entry.fileName, target: await linkTarget(stream, entry.fileName) });
      return;
    }
    const permissions = mode === 0 ? 0o644 : mode & 0o777;
    await pipeline(stream, createWriteStream(target, { mode: 0o600 }));
    await chmod(target, permissions);
  });
  // Last, so that no entry is written through a link.
  for (const { at, target } of links) await symlink(target, join(folder, at)).catch(() => Promise.reject(invalid()));
}

/** One entry after the other; any fault of the archive is the user's. */
async function eachEntry(path: string, visit: (entry: Entry, zip: ZipFile) => Promise<void>): Promise<void> {
  const zip = await new Promise<ZipFile>((resolve, reject) => {
    // yauzl refuses absolute names, `..` and backslashes by itself (decodeStrings, strictFileNames).
    open(path, { lazyEntries: true, autoClose: false, strictFileNames: true }, (error, opened) =>
      error ? reject(invalid()) : resolve(opened),
    );
  });
  try {
    await new Promise<void>((resolve, reject) => {
      zip.on("error", () => reject(invalid()));
      zip.on("end", resolve);
      zip.on("entry", (entry: Entry) => {
        visit(entry, zip).then(() => zip.readEntry(), reject);
      });
      zip.readEntry();
    });
  } catch (error) {
    // Errors of the archive have no errno; those of the disk (ENOSPC, EACCES) are not the user's.
    throw error instanceof AwsError || (error as NodeJS.ErrnoException).errno !== undefined ? error : invalid();
  } finally {
    zip.close();
  }
}

function openEntry(zip: ZipFile, entry: Entry): Promise<Readable> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => (error ? reject(invalid()) : resolve(stream)));
  });
}

/** File type and permissions; 0 when the archive was not made on Unix. */
function unixMode(entry: Entry): number {
  return entry.versionMadeBy >> 8 === UNIX ? entry.externalFileAttributes >>> 16 : 0;
}

function isFolder(entry: Entry, mode: number): boolean {
  return entry.fileName.endsWith("/") || (mode & S_IFMT) === S_IFDIR;
}

async function linkTarget(stream: Readable, name: string): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_LINK) throw invalid();
    chunks.push(chunk);
  }
  const target = Buffer.concat(chunks).toString("utf8");
  // Inside the sandbox the folder is /var/task or /opt: absolute links are resolved there, not here.
  const resolved = normalize(posix.join(posix.dirname(name), target));
  if (target === "" || target.includes("\0") || (!target.startsWith("/") && resolved.startsWith(".."))) throw invalid();
  return target;
}
