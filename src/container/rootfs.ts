import { randomBytes } from "node:crypto";
import { mkdir, readdir, readlink, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Image, ImageConfig } from "../registry/image.ts";
import { MountPoints } from "./engines/mount-points.ts";
import { removeTree } from "./remove-tree.ts";
import { unpackImage } from "./unpack/unpack-image.ts";

export interface EnsureRootfsOptions {
  readonly image: Image;
  /** `UDOCKER_DIR`; made when missing. */
  readonly udockerDir: string;
  /** Owners as in the image; default: false. */
  readonly keepOwners?: boolean;
}

export interface Rootfs {
  /** Absolute path when `udockerDir` is. */
  readonly rootfs: string;
  readonly config: ImageConfig;
  /** False: it was there already. */
  readonly created: boolean;
}

/** Milliseconds after which a staging folder of processes that we cannot see counts as left behind. */
const STALE_MS = 60 * 60 * 1000;

/** Unpackings under way in this process, by place. */
const underWay = new Map<string, Promise<Rootfs>>();

/**
 * The image's root file system at udocker's place, `UDOCKER_DIR/containers/ID/ROOT`; unpacked when it is not there. It appears
 * there whole, by one rename: a process that dies half-way leaves a staging folder, which the next one clears. Concurrent calls
 * share one unpacking; another process that finishes first wins.
 *
 * Throws what {@link unpackImage} throws.
 */
export async function ensureRootfs(options: EnsureRootfsOptions): Promise<Rootfs> {
  const { image } = options;
  const containers = join(options.udockerDir, "containers");
  const place = join(containers, image.id.replace(/^sha256:/, ""));
  const shared = underWay.get(place);
  if (shared !== undefined) return { ...(await shared), created: false };
  const work = ensure(containers, place, options).finally(() => underWay.delete(place));
  underWay.set(place, work);
  return work;
}

async function ensure(containers: string, place: string, options: EnsureRootfsOptions): Promise<Rootfs> {
  const ready = { rootfs: join(place, "ROOT"), config: options.image.config };
  if (await isFolder(ready.rootfs)) return { ...ready, created: false };
  // Others of this machine have no business in it: it may hold programs with their owners' rights.
  await mkdir(containers, { recursive: true, mode: 0o700 });
  const space = await pidNamespace();
  await clearStale(containers, space);
  const staging = join(containers, `.staging-${space}-${process.pid}-${randomBytes(4).toString("hex")}`);
  try {
    await mkdir(staging, { mode: 0o700 });
    await unpackImage(options.image, join(staging, "ROOT"), { keepOwners: options.keepOwners ?? false });
    // Once, here, rather than at each run.
    new MountPoints(join(staging, "ROOT")).makeStandard();
    await writeFile(join(staging, "container.json"), options.image.configJson);
    await rename(staging, place);
    return { ...ready, created: true };
  } catch (error) {
    await removeTree(staging);
    if (await isFolder(ready.rootfs)) return { ...ready, created: false };
    throw error;
  }
}

/** Removes staging folders whose process is gone; ones of another pid namespace (another sandbox on this folder) once they are old. */
async function clearStale(containers: string, space: string): Promise<void> {
  for (const name of await readdir(containers)) {
    const match = /^\.staging-(\w+)-(\d+)-\w+$/.exec(name);
    if (match === null) continue;
    const path = join(containers, name);
    const age = Date.now() - (await stat(path).catch(() => ({ mtimeMs: Date.now() }))).mtimeMs;
    const dead = match[1] === space ? !isAlive(Number(match[2])) : age > STALE_MS;
    if (dead) await removeTree(path);
  }
}

async function pidNamespace(): Promise<string> {
  const link = await readlink("/proc/self/ns/pid").catch(() => "");
  return /\d+/.exec(link)?.[0] ?? "0";
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return [...underWay.keys()].length > 1;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}
