import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { lastUse, takeAway } from "./image-uses.ts";
import { removeTree } from "./remove-tree.ts";

export interface Eviction {
  /** `UDOCKER_DIR/containers`. */
  readonly containers: string;
  /** This process's mark. */
  readonly own: string;
  /** For whose sake: in the notice. */
  readonly wanted: string;
  /** A new path in `containers` that others clear when this process dies. */
  readonly doomed: () => string;
  readonly notice?: ((text: string) => void) | undefined;
}

/** Ours are named by their digest; udocker's own containers are not, and are never removed. */
const OURS = /^[0-9a-f]{64}$/;

/**
 * Removes images that no living process uses, least recently used first, until `isEnough` answers true or none is left.
 * Returns how many were removed.
 */
export async function evictImages(eviction: Eviction, isEnough: () => Promise<boolean>): Promise<number> {
  const { containers, own } = eviction;
  const places = (await readdir(containers)).filter((name) => OURS.test(name)).map((name) => join(containers, name));
  const used = new Map(await Promise.all(places.map(async (place) => [place, await lastUse(place)] as const)));
  let removed = 0;
  for (const place of places.sort((a, b) => used.get(a)! - used.get(b)!)) {
    if (await isEnough()) break;
    const doomed = eviction.doomed();
    if (!(await takeAway(place, doomed, own))) continue;
    await removeTree(doomed);
    removed++;
    const when = new Date(used.get(place)!).toISOString();
    eviction.notice?.(
      `removed the image ${basename(place).slice(0, 12)} (last used ${when}) from ${containers} to make room for ${eviction.wanted}`,
    );
  }
  return removed;
}
