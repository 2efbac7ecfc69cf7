/** Unpacked images below `~/.scar/images`, kept for the next shell. */
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { kill, pid } from "node:process";
import { removeTree } from "../../../container/remove-tree.ts";
import { EXIT, ScarError } from "../../../errors.ts";
import type { Image } from "../../../registry/image.ts";

/** Images kept at most, and milliseconds that one is kept unused. */
const MOST_IMAGES = 8;
const LONGEST_UNUSED = 30 * 24 * 60 * 60 * 1000;

/** A folder in the form of `UDOCKER_DIR`. An image's time is that of its last use; what nobody used for long goes first. */
export class ImageCache {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Throws ScarError `NoCacheFolder`. */
  static of(env: Readonly<Record<string, string | undefined>>): ImageCache {
    const home = env["HOME"] || env["USERPROFILE"];
    if (home) return new ImageCache(join(home, ".scar", "images"));
    throw new ScarError("NoCacheFolder", "HOME is not set: unpacked images have no place", {
      exitCode: EXIT.usage,
      hint: "set HOME",
    });
  }

  has(image: Image): boolean {
    return existsSync(join(this.#place(image), "ROOT"));
  }

  /** Marks the image as in use by this process until the function returned is called, and removes images that nobody needs. */
  use(image: Image): () => void {
    const place = this.#place(image);
    const users = join(place, "users");
    mkdirSync(users, { recursive: true });
    const mark = join(users, String(pid));
    writeFileSync(mark, "");
    const now = new Date();
    utimesSync(place, now, now);
    return () => rmSync(mark, { force: true });
  }

  /** Removes what is too old or too much; never what a shell runs in. */
  async evict(now = Date.now()): Promise<void> {
    const containers = join(this.folder, "containers");
    const places = names(containers)
      .filter((name) => !name.startsWith("."))
      .map((name) => ({ path: join(containers, name), used: lastUse(join(containers, name)) }))
      .sort((a, b) => b.used - a.used);
    for (const [i, { path, used }] of places.entries()) {
      if (i < MOST_IMAGES && now - used < LONGEST_UNUSED) continue;
      if (!names(join(path, "users")).some((user) => isAlive(Number(user)))) await removeTree(path);
    }
  }

  #place(image: Image): string {
    return join(this.folder, "containers", image.id.replace(/^sha256:/, ""));
  }
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function lastUse(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function isAlive(user: number): boolean {
  try {
    kill(user, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
