import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { lastUse, takeAway } from "./image-uses.ts";
import { ownMark } from "./process-mark.ts";
import { removeTree } from "./remove-tree.ts";
import { stagingPath } from "./staging.ts";

/** An unpacked image, as an eviction sees it. */
export interface Evictable {
  /** Hexadecimal digits of its digest. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly lastUsed: number;
  /** How many images were used later than this one. */
  readonly newer: number;
}

/** Ours are named by their digest; udocker's own containers are not, and are never removed. */
const OURS = /^[0-9a-f]{64}$/;

/**
 * Removes images in `containers` (`UDOCKER_DIR/containers`) that no living process uses, least recently used first, until `isEnough`
 * answers true of the next one or none is left. `own` is this process's mark. Answers with those removed.
 */
export async function evictImages(
  containers: string,
  own: string,
  isEnough: (next: Evictable) => boolean | Promise<boolean>,
): Promise<readonly Evictable[]> {
  const ids = (await readdir(containers)).filter((name) => OURS.test(name));
  const uses = await Promise.all(ids.map(async (id) => ({ id, lastUsed: await lastUse(join(containers, id)) })));
  uses.sort((a, b) => a.lastUsed - b.lastUsed);
  const removed: Evictable[] = [];
  for (const [i, use] of uses.entries()) {
    const next = { ...use, newer: uses.length - 1 - i };
    if (await isEnough(next)) break;
    const doomed = stagingPath(containers, own);
    if (!(await takeAway(join(containers, next.id), doomed, own))) continue;
    await removeTree(doomed);
    removed.push(next);
  }
  return removed;
}

export interface Keeping {
  /** So many images, the most recently used, are kept. */
  readonly most: number;
  /** Milliseconds that one is kept unused. */
  readonly unusedMs: number;
}

/** Removes what a cache of images in the form of `UDOCKER_DIR` need not keep; what a process uses stays. */
export async function evictUnused(udockerDir: string, { most, unusedMs }: Keeping, now = Date.now()): Promise<void> {
  const isKept = ({ newer, lastUsed }: Evictable): boolean => newer < most && now - lastUsed < unusedMs;
  await evictImages(join(udockerDir, "containers"), await ownMark(), isKept);
}
