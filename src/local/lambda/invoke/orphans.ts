import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { removeTree } from "../../../container/remove-tree.ts";
import { endSandbox } from "../../sandbox/orphan.ts";
import type { SandboxRecord } from "../../sandbox/sandbox.ts";
import type { SandboxSettings } from "../../sandbox/settings.ts";
import { readProcessFile } from "../../state-file.ts";
import { RECORD_FILE } from "./runtime-process.ts";

/** Ends the environments that a crashed server left in `folder`, and removes them. Makes the folder. */
export async function endOrphans(folder: string, settings: SandboxSettings): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const environment of await readdir(folder)) {
    const path = join(folder, environment);
    const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
    const runs = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(path, name));
    // The first servers kept the record beside the folders.
    for (const place of [path, ...runs]) {
      const record = readProcessFile<SandboxRecord>(join(place, RECORD_FILE));
      if (record) await endSandbox(record, settings);
    }
    // What another user owns there (a container's root) must not keep the server from starting.
    await removeTree(path).catch(() => {});
  }
}
