/**
 * Which unpacked images are in use, told from process to process by files in their folders. Who uses one writes its mark, then looks for
 * an eviction; who evicts writes that it does, then looks for marks: so one of two at the same time sees the other.
 */
import { readdir, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isLeftBehind } from "./process-mark.ts";
import { unlessAborted } from "./unless-aborted.ts";

const IN_USE = ".in-use-";
const EVICTING = ".evicting-";

/** Its modification time is when the image was last used. */
export const CONTAINER_FILE = "container.json";

/** Between its file and its rename an eviction takes moments. */
const EVICTION_MS = 10_000;
const PAUSE_MS = 20;

/** Uses by this process: folder → how often. */
const ours = new Map<string, number>();

/** Marks that this process is removing, by folder: a new one must not go with the old one. */
const leaving = new Map<string, Promise<unknown>>();

/** Keeps this process from evicting `place`, whether it exists or not; {@link letGo} ends it. */
export function hold(place: string): void {
  ours.set(place, (ours.get(place) ?? 0) + 1);
}

export async function letGo(place: string, own: string): Promise<void> {
  const left = (ours.get(place) ?? 1) - 1;
  if (left > 0) {
    ours.set(place, left);
    return;
  }
  ours.delete(place);
  const removal = rm(join(place, `${IN_USE}${own}`), { force: true });
  const all = Promise.allSettled([leaving.get(place), removal]);
  leaving.set(place, all);
  await all;
  if (leaving.get(place) === all) leaving.delete(place);
  await removal;
}

/** Writes this process's mark into the folder of an image, finished or not. Throws `ENOENT` when there is no such folder. */
export async function markInUse(place: string, own: string): Promise<void> {
  try {
    await writeFile(join(place, `${IN_USE}${own}`), "");
    const now = new Date();
    await utimes(join(place, CONTAINER_FILE), now, now);
  } catch (error) {
    // Where nothing can be written, or nothing more, nobody else evicts either, or this one is not the oldest.
    if ((error as NodeJS.ErrnoException).code === "ENOENT" && !(await exists(place))) throw error;
  }
}

/**
 * Marks the finished image in `place` as used, unless it is not there or is just being evicted: then answers false. Call {@link hold}
 * before: else another use that ends takes the mark away. `signal` ends the waiting; its reason is thrown.
 */
export async function startUse(place: string, own: string, signal?: AbortSignal): Promise<boolean> {
  await leaving.get(place);
  for (;;) {
    if (!(await exists(join(place, "ROOT")))) return false;
    try {
      await markInUse(place, own);
    } catch {
      return false;
    }
    const evicting = (await names(place)).filter((name) => name.startsWith(EVICTING));
    if (evicting.length === 0) return exists(join(place, "ROOT"));
    for (const name of evicting) {
      const age = Date.now() - ((await stat(join(place, name)).catch(() => undefined))?.mtimeMs ?? 0);
      const mark = name.slice(EVICTING.length);
      if (age > EVICTION_MS || (mark !== own && (await isLeftBehind(join(place, name), mark, own)))) {
        await rm(join(place, name), { force: true });
      }
    }
    await unlessAborted(sleep(PAUSE_MS), signal);
  }
}

/** Takes the image away to the path `doomed`, where it is to be deleted, unless a living process uses it: then answers false. */
export async function takeAway(place: string, doomed: string, own: string): Promise<boolean> {
  if (ours.has(place)) return false;
  const flag = join(place, `${EVICTING}${own}`);
  try {
    await writeFile(flag, "", { flag: "wx" });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // On a full disk nothing can be announced; who starts to use it then sees it go, and makes it again.
    if (code !== "ENOSPC" && code !== "EDQUOT") return false;
  }
  try {
    if (await isInUse(place, own)) return false;
    await rename(place, doomed);
    return true;
  } catch {
    return false;
  } finally {
    await rm(flag, { force: true });
  }
}

/** When the image in `place` was last used, in milliseconds since 1970; 0 when that is not known. */
export async function lastUse(place: string): Promise<number> {
  return (await stat(join(place, CONTAINER_FILE)).catch(() => undefined))?.mtimeMs ?? 0;
}

async function isInUse(place: string, own: string): Promise<boolean> {
  if (ours.has(place)) return true;
  for (const name of await names(place)) {
    if (!name.startsWith(IN_USE)) continue;
    const mark = name.slice(IN_USE.length);
    // A mark of our own that we do not know of is of a process that had our pid.
    if (mark !== own && !(await isLeftBehind(join(place, name), mark, own))) return true;
  }
  return false;
}

async function names(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
