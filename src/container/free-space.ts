import { statfs } from "node:fs/promises";
import type { Image } from "../registry/image.ts";

/**
 * Bytes that this user may still write to the file system that holds `path`; infinite where it cannot be known (no such call, a
 * file system that keeps no count).
 */
export async function freeSpace(path: string): Promise<number> {
  const stat = await statfs(path).catch(() => undefined);
  if (stat === undefined || stat.blocks === 0) return Number.POSITIVE_INFINITY;
  // Some blocks are kept for root.
  return stat.bsize * (process.geteuid?.() === 0 ? stat.bfree : stat.bavail);
}

/** Compression of layers: what programs and libraries shrink to. */
const RATIO = 3;

/** A layer's stored bytes need not all become blocks on disk: names and links take none. */
const LEAST = 0.9;

export interface SpaceNeeded {
  /** Bytes without which the image surely does not fit. */
  readonly least: number;
  /** Bytes that it takes if it is like others. */
  readonly likely: number;
}

/** What the layers take on disk, judged by their stored sizes; 0 where these are unknown. */
export function spaceNeeded(image: Image): SpaceNeeded {
  let [least, likely] = [0, 0];
  for (const { size = 0, mediaType = "", blobDigest, digest } of image.layers) {
    const isCompressed = /gzip|zstd/.test(mediaType) && blobDigest !== digest;
    least += LEAST * size;
    likely += size * (isCompressed ? RATIO : 1);
  }
  return { least: Math.floor(least), likely: Math.floor(likely) };
}
