import { createReadStream } from "node:fs";
import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { messageOf, notSupportedYet, ScarError } from "../../errors.ts";
import type { Image } from "../../registry/image.ts";
import { type Compression, detectCompression, MAGIC_BYTES } from "../compression.ts";
import { TarError } from "../tar/header.ts";
import { TarFile } from "../tar/random-access.ts";
import { DOCKER_MANIFEST, readDockerLayout } from "./docker-layout.ts";
import { ArchiveFiles } from "./files.ts";
import { OCI_INDEX, readOciLayout } from "./oci-layout.ts";

export interface OpenArchiveOptions {
  /** OCI name of the architecture to take from an archive with several; default: this machine's. */
  readonly architecture?: string;
}

/**
 * Opens what `docker save`, `podman save` or `skopeo copy … docker-archive:/oci-archive:` wrote, plain or gzip-compressed.
 * Nothing is unpacked: layers are read where they stand. A compressed archive is decompressed once into a temporary file that has
 * no name (so that nothing is left behind, whatever happens) and lives until `close`.
 *
 * Throws ScarError `ImageArchiveNotFound`, `NotAnImageArchive`, `ImageArchiveCutShort`, `MissingFromImage`, `InvalidImage`,
 * `DigestMismatch`, `NoImageForArchitecture`, `NotSupportedYet`.
 */
export async function openImageArchive(path: string, options: OpenArchiveOptions = {}): Promise<Image> {
  const file = await openPlain(path);
  try {
    const files = new ArchiveFiles(path, await openTar(path, file));
    const architecture = options.architecture ?? hostArchitecture();
    const { parsed, tag, layers } = await read(files, architecture);
    files.assertWhole();
    let closed = false;
    return {
      id: parsed.id,
      ...(tag === undefined ? {} : { tag }),
      config: parsed.config,
      configJson: parsed.json,
      layers,
      close: async () => {
        if (!closed) await file.close();
        closed = true;
      },
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** This machine's architecture by its OCI name. */
export function hostArchitecture(): string {
  return process.arch === "x64" ? "amd64" : process.arch;
}

async function read(files: ArchiveFiles, architecture: string) {
  if (files.has(DOCKER_MANIFEST)) return readDockerLayout(files, architecture);
  if (files.has(OCI_INDEX)) return readOciLayout(files, architecture);
  // A whole archive without a manifest is something else; in one that is cut short it may have stood in the missing part.
  files.assertWhole();
  throw notAnImage(files.path, `it has neither ${DOCKER_MANIFEST} nor ${OCI_INDEX}`);
}

async function openTar(path: string, file: FileHandle): Promise<TarFile> {
  try {
    return await TarFile.open(file);
  } catch (error) {
    if (error instanceof TarError) throw notAnImage(path, error.message);
    throw error;
  }
}

/** The archive as a plain tar file. */
async function openPlain(path: string): Promise<FileHandle> {
  const { file, compression } = await openStored(path);
  if (compression === "none") return file;
  await file.close();
  if (compression === "gzip") return gunzipped(path);
  throw notSupportedYet(`${compression} compression (${path})`);
}

async function openStored(path: string): Promise<{ file: FileHandle; compression: Compression }> {
  let file: FileHandle;
  try {
    file = await open(path, "r");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") {
      throw new ScarError("ImageArchiveNotFound", `image archive ${path} does not exist`, { cause });
    }
    throw new ScarError("ImageArchiveUnreadable", `image archive ${path} cannot be read: ${messageOf(cause)}`, {
      cause,
    });
  }
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw notAnImage(path, stat.isDirectory() ? "it is a folder" : "it is not a file");
    if (stat.size === 0) throw notAnImage(path, "it is empty");
    const start = Buffer.alloc(MAGIC_BYTES);
    await file.read(start, 0, MAGIC_BYTES, 0);
    return { file, compression: detectCompression(start) };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function gunzipped(path: string): Promise<FileHandle> {
  const folder = await mkdtemp(join(tmpdir(), "scar-image-"));
  let file: FileHandle;
  try {
    file = await open(join(folder, "archive.tar"), "wx+", 0o600);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const output = new Writable({
    highWaterMark: 1024 * 1024,
    write: (chunk: Buffer, _encoding, done) => {
      file.appendFile(chunk).then(() => done(), done);
    },
  });
  try {
    await pipeline(createReadStream(path), createGunzip({ chunkSize: 256 * 1024 }), output);
    return file;
  } catch (cause) {
    await file.close();
    const code = (cause as NodeJS.ErrnoException).code ?? "";
    if (code === "Z_BUF_ERROR") {
      throw new ScarError("ImageArchiveCutShort", `${path} is cut short: its gzip stream has no end`, {
        cause,
        hint: "copy or save the image again",
      });
    }
    if (code.startsWith("Z_")) throw notAnImage(path, `its gzip stream is damaged (${messageOf(cause)})`);
    throw new ScarError(
      "ImageArchiveUnreadable",
      `${path} cannot be decompressed into ${tmpdir()}: ${messageOf(cause)}`,
      {
        cause,
      },
    );
  }
}

function notAnImage(path: string, why: string): ScarError {
  return new ScarError("NotAnImageArchive", `${path} is not an image archive: ${why}`, {
    hint: "make one with 'docker save IMAGE -o FILE' ('docker export' writes a container's files, not an image)",
  });
}
