import { createHash } from "node:crypto";
import {
  closeSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  realpathSync,
  rmSync,
  utimesSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { messageOf, ScarError } from "../../errors.ts";
import type { Image, LayerSource } from "../../registry/image.ts";
import { decompressed } from "../compression.ts";
import { TarError } from "../tar/header.ts";
import { TarReader } from "../tar/reader.ts";
import { FileWriter } from "./file-writer.ts";
import { type FolderTimes, LayerApplier } from "./layer.ts";
import { Ownership } from "./ownership.ts";

export interface UnpackOptions {
  /** Owners, and modes to the bit, as in the image: for root. Default false: everything is ours, to read and to delete. */
  readonly keepOwners?: boolean;
}

export interface Unpacked {
  /** Entries of all layers. */
  readonly entries: number;
  /** Bytes of the layers, uncompressed. */
  readonly bytes: number;
}

/**
 * Unpacks the layers, bottom first, into the folder `rootfs` (made when missing; when it fails, what it wrote stays for the caller
 * to remove). Nothing is written outside, whatever the layers say; absolute links are made relative. Memory: a chunk of a layer,
 * and the names of one layer's entries.
 *
 * Throws ScarError `UnsafeImage`, `DamagedLayer`, `DigestMismatch`, `NotSupportedYet` (sparse files, compressions other than
 * gzip), `NoSpaceLeft`, `UnpackFailed`.
 */
export async function unpackImage(image: Image, rootfs: string, options: UnpackOptions = {}): Promise<Unpacked> {
  mkdirSync(rootfs, { recursive: true });
  const root = realpathSync(rootfs);
  const ownership = new Ownership(options.keepOwners ?? false, creationMask(root));
  const times: FolderTimes = new Map();
  let entries = 0;
  let bytes = 0;
  for (const [i, layer] of image.layers.entries()) {
    const files = new FileWriter(ownership);
    const applier = new LayerApplier(root, ownership, files, times, i === 0);
    const name = `layer ${i + 1} of ${image.layers.length}`;
    let current = "";
    const reader = new TarReader((entry) => {
      entries++;
      current = entry.name;
      return applier.apply(entry);
    });
    try {
      bytes += await readLayer(layer, name, reader);
    } catch (error) {
      throw describe(error, `${image.tag ?? image.id}, ${name}`, current, rootfs);
    } finally {
      files.close();
    }
  }
  setTimes(root, times);
  return { entries, bytes };
}

/** Feeds a layer to the reader, checks its digest, and returns its bytes. */
async function readLayer(layer: LayerSource, name: string, reader: TarReader): Promise<number> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of (await decompressed(await layer.open(), name)) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
    reader.write(chunk);
  }
  reader.end();
  const digest = `sha256:${hash.digest("hex")}`;
  if (digest === layer.digest) return bytes;
  throw new ScarError("DigestMismatch", `the layer is damaged: its digest is ${digest}, not ${layer.digest}`);
}

/** The permission bits that the kernel leaves to what is made in `folder`: found by trying, since only that sees all there is. */
function creationMask(folder: string): number {
  const probe = mkdtempSync(join(folder, ".scar-"));
  try {
    const fd = openSync(join(probe, "mask"), "wx", 0o777);
    const { mode } = fstatSync(fd);
    closeSync(fd);
    return mode & 0o777;
  } finally {
    rmSync(probe, { recursive: true });
  }
}

/** Sets the folders' times, but never through a link: a later layer may have put one in the place of a folder or its parents. */
function setTimes(root: string, times: FolderTimes): void {
  const real = new Map<string, boolean>([[root, true]]);
  const isReal = (path: string): boolean => {
    const known = real.get(path);
    if (known !== undefined) return known;
    const answer = isReal(dirname(path)) && (lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false);
    real.set(path, answer);
    return answer;
  };
  for (const [path, mtime] of times) if (isReal(path)) utimesSync(path, mtime, mtime);
}

function describe(error: unknown, layer: string, entry: string, rootfs: string): ScarError {
  if (error instanceof ScarError) {
    const { code, hint, message } = error;
    return new ScarError(code, `${layer}: ${message}`, { cause: error, ...(hint === undefined ? {} : { hint }) });
  }
  if (error instanceof TarError) {
    const code = error.kind === "unsupported" ? "NotSupportedYet" : "DamagedLayer";
    const what = error.kind === "unsupported" ? error.message : `${error.kind}: ${error.message}`;
    return new ScarError(code, `${layer}: ${what}`, { cause: error });
  }
  const { code = "" } = error as NodeJS.ErrnoException;
  if (code.startsWith("Z_")) {
    const what = code === "Z_BUF_ERROR" ? "cut short: its gzip stream has no end" : messageOf(error);
    return new ScarError("DamagedLayer", `${layer}: ${what}`, { cause: error });
  }
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new ScarError("NoSpaceLeft", `no space left for the image in ${rootfs} (${layer}, '${entry}')`, {
      cause: error,
    });
  }
  return new ScarError("UnpackFailed", `${layer}: '${entry}' cannot be unpacked: ${messageOf(error)}`, {
    cause: error,
  });
}
