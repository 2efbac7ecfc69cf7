/** Unpacked images below `~/.scar/images`, kept for the next shell; in the form of `UDOCKER_DIR`. */
import { join } from "node:path";
import type { Keeping } from "../../../container/evict.ts";
import { EXIT, ScarError } from "../../../errors.ts";
import { homeFolder } from "../../../home-folder.ts";

/** What is removed when a shell starts: the ninth image, and what nobody used for a month. */
export const KEPT: Keeping = { most: 8, unusedMs: 30 * 24 * 60 * 60 * 1000 };

/** Throws ScarError `NoCacheFolder`. */
export function cacheFolder(env: Readonly<Record<string, string | undefined>>): string {
  const home = homeFolder(env);
  if (home) return join(home, ".scar", "images");
  throw new ScarError("NoCacheFolder", "HOME is not set: unpacked images have no place", {
    exitCode: EXIT.usage,
    hint: "set HOME",
  });
}
