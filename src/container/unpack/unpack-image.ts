import { randomBytes } from "node:crypto";
import { setMaxListeners } from "node:events";
import { closeSync, fstatSync, mkdirSync, mkdtempSync, openSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ScarError } from "../../errors.ts";
import type { Image } from "../../registry/image.ts";
import { Slots } from "../../slots.ts";
import { freeSpace, spaceNeeded } from "../free-space.ts";
import { TarReader } from "../tar/reader.ts";
import { describeFailure } from "./failure.ts";
import { FileWriter } from "./file-writer.ts";
import { LayerApplier } from "./layer.ts";
import { type Allowance, readLayer } from "./layer-stream.ts";
import { mayKeepOwners, Ownership } from "./ownership.ts";
import { StagedLayer, StagingFolder } from "./staged-layer.ts";
import { type FolderTimes, setFolderTimes } from "./times.ts";

export interface UnpackOptions {
  /**
   * Owners, and modes to the bit, as in the image: for root; without root's capabilities it is not done. Default false: everything is
   * ours, to read and to delete.
   */
  readonly keepOwners?: boolean;
  /** Layers that are read at the same time; default 3, 1: one after the other, without staging. */
  readonly parallel?: number;
  /** Bytes that all layers together may hold, uncompressed; default: any number. */
  readonly limit?: number;
  /** Ends the unpacking; its reason is thrown. */
  readonly signal?: AbortSignal;
}

export interface Unpacked {
  /** Entries of all layers. */
  readonly entries: number;
  /** Bytes of the layers, uncompressed. */
  readonly bytes: number;
}

/** What the layers of one image share. */
interface Work {
  readonly image: Image;
  readonly root: string;
  readonly ownership: Ownership;
  readonly times: FolderTimes;
  readonly staging: StagingFolder;
  readonly slots: Slots;
  readonly allowance: Allowance;
  /** Aborted by the first failure, with it as the reason: the others end at once. */
  readonly stop: AbortController;
  readonly isParallel: boolean;
  readonly total: { entries: number; bytes: number };
}

/**
 * Unpacks the layers, bottom first, into the folder `rootfs` (made when missing; when it fails, what it wrote there stays for the
 * caller to remove). Several are read at a time: what is on top of one that is not yet applied waits in a staging folder beside
 * `rootfs`, on the same file system (docs/decisions/0030). Nothing is written outside of the two, whatever the layers say; absolute
 * links are made relative. Memory: chunks and names of the layers that are read or wait.
 *
 * Throws ScarError `UnsafeImage`, `DamagedLayer`, `DigestMismatch`, `NotSupportedYet` (compressions other than gzip and zstd),
 * `NoSpaceLeft` (early, when the layers cannot fit), `ImageTooLarge`, `UnpackFailed`.
 */
export async function unpackImage(image: Image, rootfs: string, options: UnpackOptions = {}): Promise<Unpacked> {
  mkdirSync(rootfs, { recursive: true });
  const root = realpathSync(rootfs);
  await assertSpace(image, root);
  options.signal?.throwIfAborted();
  const parallel = Math.max(1, options.parallel ?? 3);
  const staging = `${root}.layers-${randomBytes(4).toString("hex")}`;
  const stop = new AbortController();
  // Every layer under way listens.
  setMaxListeners(0, stop.signal);
  const work: Work = {
    image,
    root,
    ownership: new Ownership((options.keepOwners ?? false) && mayKeepOwners(), creationMask(root)),
    times: new Map(),
    staging: new StagingFolder(staging),
    slots: new Slots(parallel),
    allowance: { bytes: options.limit ?? Number.POSITIVE_INFINITY },
    stop,
    isParallel: parallel > 1,
    total: { entries: 0, bytes: 0 },
  };
  const abort = () => stop.abort(options.signal?.reason);
  options.signal?.addEventListener("abort", abort, { once: true });
  try {
    let below = Promise.resolve();
    const layers = image.layers.map((_, i) => {
      below = unpackLayer(work, i, below);
      return below;
    });
    await Promise.allSettled(layers);
    stop.signal.throwIfAborted();
    setFolderTimes(root, work.times);
  } finally {
    options.signal?.removeEventListener("abort", abort);
    rmSync(staging, { recursive: true, force: true });
  }
  return work.total;
}

/** Resolves once the layer is applied, which is after `below`. A failure stops all layers; it is never thrown but by `below`. */
async function unpackLayer(work: Work, index: number, below: Promise<void>): Promise<void> {
  const { image, root, ownership, stop, slots, total } = work;
  const { signal } = stop;
  const files = new FileWriter(ownership);
  const applier = new LayerApplier(root, ownership, files, work.times, index === 0);
  const staged = new StagedLayer(applier, files, work.staging);
  const name = `layer ${index + 1} of ${image.layers.length}`;
  const reader = new TarReader((entry) => {
    total.entries++;
    return staged.take(entry);
  });
  const fail = (error: unknown): void => {
    const layer = `${image.tag ?? image.id}, ${name}`;
    stop.abort(describeFailure(error, { layer, entry: staged.current, rootfs: root }));
  };
  try {
    // Not the slot's result: the layer's place is free once it is read, though it may wait for those below.
    let caughtUp = Promise.resolve();
    await slots.use(async () => {
      caughtUp = below.then(() => staged.catchUp(signal));
      // At once: reading may go on for minutes. Who fails first is told.
      caughtUp.catch(fail);
      signal.throwIfAborted();
      const bytes = await readLayer(image.layers[index]!, name, reader, work.allowance, signal);
      total.bytes += bytes;
      if (!work.isParallel) await caughtUp;
    });
    await caughtUp;
  } catch (error) {
    fail(error);
    throw error;
  } finally {
    files.close();
  }
}

/** Before anything is fetched. */
async function assertSpace(image: Image, root: string): Promise<void> {
  const [{ least }, free] = [spaceNeeded(image), await freeSpace(root)];
  if (least <= free) return;
  throw new ScarError(
    "NoSpaceLeft",
    `no space for the image ${image.tag ?? image.id} in ${root}: it takes at least ${least} bytes, ${free} are free`,
  );
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
