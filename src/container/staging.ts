/** Folders beside the unpacked images whose content is none: half made, or on its way out. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";

/** What their names begin with; the mark of the process that made them follows, so that others can clear them when it is gone. */
export const STAGING = ".staging-";

/** A new path in `containers` for the process of that mark. */
export function stagingPath(containers: string, own: string): string {
  return join(containers, `${STAGING}${own}-${randomBytes(4).toString("hex")}`);
}
