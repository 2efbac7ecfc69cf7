import { existsSync } from "node:fs";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ScarError } from "../errors.ts";
import type { Image, ImageConfig } from "../registry/image.ts";
import { appear, isBeaten } from "./appear.ts";
import { MountPoints } from "./engines/mount-points.ts";
import { type Evictable, evictImages } from "./evict.ts";
import { freeSpace, spaceNeeded } from "./free-space.ts";
import { CONTAINER_FILE, hold, letGo, markInUse, startUse } from "./image-uses.ts";
import { isLeftBehind, isOwn, ownMark } from "./process-mark.ts";
import { removeTree } from "./remove-tree.ts";
import { STAGING, stagingPath } from "./staging.ts";
import { unlessAborted } from "./unless-aborted.ts";
import { isNoSpace } from "./unpack/failure.ts";
import { type UnpackOptions, unpackImage } from "./unpack/unpack-image.ts";

export interface EnsureRootfsOptions extends UnpackOptions {
  readonly image: Image;
  /** `UDOCKER_DIR`; made when missing. */
  readonly udockerDir: string;
  /** Told which other images were removed to make room, one line each. */
  readonly notice?: (text: string) => void;
}

export interface Rootfs {
  /** Absolute path when `udockerDir` is. */
  readonly rootfs: string;
  readonly config: ImageConfig;
  /** False: it was there already. */
  readonly created: boolean;
  /** Tells that this caller does not use it any more. Until then, or until the process ends, it is not removed to make room. */
  readonly release: () => Promise<void>;
}

/** Unpackings under way in this process, by place. */
const underWay = new Map<string, Promise<boolean>>();

/** Unpackings that are tried while other processes take the space, and what waiting for these takes at most. */
const ATTEMPTS = 4;
const PATIENCE_MS = 60_000;
const PAUSE_MS = 100;

/**
 * The image's root file system at udocker's place, `UDOCKER_DIR/containers/ID/ROOT`; unpacked when it is not there. It appears
 * there whole, by one rename: a process that dies half-way leaves a staging folder, which the next one clears. Concurrent calls
 * share one unpacking; another process that finishes first wins.
 *
 * When the file system is short of space, images in `UDOCKER_DIR/containers` that no living process uses are removed, least
 * recently used first: as many as the new one is likely to take, and all of them when it then still does not fit.
 *
 * `signal` ends this call, whatever it waits for; the unpacking itself only when this call began it. Throws its reason, and what
 * {@link unpackImage} throws.
 */
export async function ensureRootfs(options: EnsureRootfsOptions): Promise<Rootfs> {
  const { image } = options;
  const containers = join(options.udockerDir, "containers");
  const place = placeOf(image, options.udockerDir);
  const own = await ownMark();
  hold(place);
  let released = false;
  const release = async (): Promise<void> => {
    if (released) return;
    released = true;
    await letGo(place, own);
  };
  try {
    let created = false;
    // What another caller's unpacking failed of, its signal perhaps, need not be this one's trouble.
    while (!(await unlessAborted(isMade(underWay.get(place)), options.signal))) {
      if (underWay.has(place)) continue;
      const work = ensure(containers, place, own, options).finally(() => underWay.delete(place));
      underWay.set(place, work);
      created = await work;
      break;
    }
    return { rootfs: join(place, "ROOT"), config: image.config, created, release };
  } catch (error) {
    await release();
    throw error;
  }
}

/** Whether {@link ensureRootfs} would find the image unpacked. */
export function isUnpacked(image: Image, udockerDir: string): boolean {
  return existsSync(join(placeOf(image, udockerDir), "ROOT"));
}

function placeOf(image: Image, udockerDir: string): string {
  return join(udockerDir, "containers", image.id.replace(/^sha256:/, ""));
}

/** Whether another caller's unpacking has come to its end; false when there is none. */
async function isMade(other: Promise<boolean> | undefined): Promise<boolean> {
  if (other === undefined) return false;
  return other.then(
    () => true,
    () => false,
  );
}

/** Answers whether it was made. */
async function ensure(containers: string, place: string, own: string, options: EnsureRootfsOptions): Promise<boolean> {
  const { image, notice, signal } = options;
  if (await startUse(place, own, signal)) return false;
  // Others of this machine have no business in it: it may hold programs with their owners' rights.
  await mkdir(containers, { recursive: true, mode: 0o700 });
  await clearStale(containers, own);
  const makeRoom = async (isEnough: () => Promise<boolean>): Promise<number> => {
    const removed = await evictImages(containers, own, isEnough);
    for (const one of removed) notice?.(`${gone(one)} from ${containers} to make room for ${image.tag ?? image.id}`);
    return removed.length;
  };
  const { likely } = spaceNeeded(image);
  await makeRoom(async () => (await freeSpace(containers)) >= likely);
  for (let attempt = 1; ; attempt++) {
    try {
      return await make(() => stagingPath(containers, own), place, own, options);
    } catch (error) {
      const { code } = error as { readonly code?: string };
      if (!(isBeaten(error) || code === "NoSpaceLeft") || attempt === ATTEMPTS) throw error;
      // The one that was faster has been removed already.
      if (isBeaten(error)) continue;
      const removed = await makeRoom(async () => false);
      // Two that looked at the same free space took it from each other.
      const waited = await othersFinished(containers, own, signal);
      if (removed === 0 && !waited && !(await hasRoom(containers, likely))) throw error;
    }
  }
}

function gone({ id, lastUsed }: Evictable): string {
  return `removed the image ${id.slice(0, 12)} (last used ${new Date(lastUsed).toISOString()})`;
}

/** Waits while other processes unpack, a minute at most; answers whether there were any. */
async function othersFinished(containers: string, own: string, signal?: AbortSignal): Promise<boolean> {
  for (let waited = 0; ; waited += PAUSE_MS) {
    let busy = false;
    for (const name of await readdir(containers)) {
      const mark = name.startsWith(STAGING) ? name.slice(STAGING.length) : own;
      if (!isOwn(mark, own) && !(await isLeftBehind(join(containers, name), mark, own))) busy = true;
    }
    if (!busy || waited >= PATIENCE_MS) return waited > 0;
    await unlessAborted(sleep(PAUSE_MS * (0.5 + Math.random())), signal);
  }
}

/** Whether the image would fit now: another process has made room. */
async function hasRoom(containers: string, likely: number): Promise<boolean> {
  return likely > 0 && (await freeSpace(containers)) >= likely;
}

/** Unpacks into a staging folder, which becomes `place`; answers false when another process was faster. */
async function make(
  newStaging: () => string,
  place: string,
  own: string,
  options: EnsureRootfsOptions,
): Promise<boolean> {
  const staging = newStaging();
  try {
    await mkdir(staging, { mode: 0o700 });
    await unpackImage(options.image, join(staging, "ROOT"), options);
    // Once, here, rather than at each run.
    new MountPoints(join(staging, "ROOT")).makeStandard();
    await writeFile(join(staging, CONTAINER_FILE), options.image.configJson);
    // Before others can see it, and remove it.
    await markInUse(staging, own);
    await appear(staging, place, newStaging);
    return true;
  } catch (error) {
    await removeTree(staging);
    if (await startUse(place, own)) return false;
    throw isNoSpace(error) ? noSpace(staging, options.image, error) : error;
  }
}

function noSpace(where: string, image: Image, cause: unknown): ScarError {
  return new ScarError("NoSpaceLeft", `no space left for the image ${image.tag ?? image.id} in ${where}`, { cause });
}

/** Removes staging folders whose process is gone; of this process those that no unpacking under way can have made. */
async function clearStale(containers: string, own: string): Promise<void> {
  for (const name of await readdir(containers)) {
    if (!name.startsWith(STAGING)) continue;
    const path = join(containers, name);
    const mark = name.slice(STAGING.length);
    const isStale = isOwn(mark, own) ? underWay.size <= 1 : await isLeftBehind(path, mark, own);
    if (isStale) await removeTree(path);
  }
}
