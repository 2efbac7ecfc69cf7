import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { removeTree } from "../../../container/remove-tree.ts";
import { killGroup } from "../../sandbox/processes.ts";
import { readProcessFile } from "../../state-file.ts";
import { processStart } from "../../state-process.ts";
import type { ProcessRecord } from "./environment.ts";

/** How long a killed process may take to go, in ms. */
const GONE_MS = 5_000;

/** Ends the environments that a crashed server left in `folder`, and removes them. Makes the folder. */
export async function endOrphans(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const entry of await readdir(folder)) {
    const path = join(folder, entry);
    const orphan = readProcessFile<ProcessRecord>(join(path, "process.json"));
    // The start time tells it from another process that got its number.
    const lives = (): boolean => orphan !== undefined && processStart(orphan.pid) === orphan.startTime;
    if (orphan && lives()) killGroup(orphan.pid);
    for (const deadline = Date.now() + GONE_MS; lives() && Date.now() < deadline; ) await delay(10);
    await removeTree(path);
  }
}
