import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";

/** Folders of one run; all are removed after it. */
export interface RequestFolders {
  /** `/tmp/$REQUEST_ID`, the same path in the container: scripts of the first SCAR name it. */
  readonly root: string;
  /** `$TMP_INPUT_DIR` */
  readonly input: string;
  /** `$TMP_OUTPUT_DIR` */
  readonly output: string;
  /** What the command writes anywhere else in its root file system. */
  readonly scratch: string;
}

/** Removes a folder with all that a command may have left in it. */
export type RemoveTree = (path: string) => Promise<void>;

/** Begins the name of scratch folders, and so marks the request folders that are ours (see {@link sweepRequestFolders}). */
export const SCRATCH_PREFIX = ".scar-";

export async function makeRequestFolders(tmp: string, requestId: string, remove: RemoveTree): Promise<RequestFolders> {
  const name = /^[\w-]{1,128}$/.test(requestId) ? requestId : randomUUID();
  const root = join(tmp, name);
  const folders = {
    root,
    input: join(root, "input"),
    output: join(root, "output"),
    scratch: join(tmp, `${SCRATCH_PREFIX}${name}`),
  };
  // Lambda repeats an asynchronous invocation under the same request id, perhaps here, after it cut the first one off.
  if (existsSync(root)) await remove(root);
  if (existsSync(folders.scratch)) await remove(folders.scratch);
  for (const folder of [folders.scratch, root, folders.input, folders.output]) mkdirSync(folder, { mode: 0o700 });
  return folders;
}

export async function removeRequestFolders(folders: RequestFolders, remove: RemoveTree): Promise<void> {
  await Promise.all([remove(folders.root), remove(folders.scratch)]);
}
