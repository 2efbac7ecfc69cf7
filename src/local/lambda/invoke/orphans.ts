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
    const entries = await readdir(path, { withFileTypes: true });
    // One for each start of the runtime; before there could be two, it stood in the folder itself.
    const records = entries.flatMap((entry) => {
      if (entry.isDirectory()) return [join(path, entry.name, RECORD_FILE)];
      return entry.name === RECORD_FILE ? [join(path, RECORD_FILE)] : [];
    });
    for (const file of records) {
      const record = readProcessFile<SandboxRecord>(file);
      if (record) await endSandbox(record, settings);
    }
    await removeTree(path);
  }
}
