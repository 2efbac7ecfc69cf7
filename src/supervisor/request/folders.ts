import { randomUUID } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { getuid, pid as own } from "node:process";

/** Folders of one run; all are removed after it. */
export interface RequestFolders {
  /** `/tmp/$REQUEST_ID`, the same path in the container: scripts of the first SCAR name it. */
  readonly root: string;
  /** `$TMP_INPUT_DIR` */
  readonly input: string;
  /** `$TMP_OUTPUT_DIR` */
  readonly output: string;
  /** For what the command writes anywhere else in its root file system; the name says which process made it. */
  readonly scratch: string;
}

/** Removes a folder with all that a command may have left in it. */
export type RemoveTree = (path: string) => Promise<void>;

/** `.scar-PID.STARTTIME-REQUEST_ID` */
const SCRATCH = /^\.scar-(\d+)\.(\d+)-([\w-]+)$/;

export async function makeRequestFolders(tmp: string, requestId: string, remove: RemoveTree): Promise<RequestFolders> {
  const name = /^[\w-]{1,128}$/.test(requestId) ? requestId : randomUUID();
  const root = join(tmp, name);
  const folders = {
    root,
    input: join(root, "input"),
    output: join(root, "output"),
    scratch: join(tmp, `.scar-${own}.${startTime(own)}-${name}`),
  };
  // Lambda repeats an asynchronous invocation under the same request id, perhaps here, after it cut the first one off.
  for (const folder of [root, folders.scratch]) if (existsSync(folder)) await remove(folder);
  for (const folder of [folders.scratch, root, folders.input, folders.output]) mkdirSync(folder, { mode: 0o700 });
  return folders;
}

export async function removeRequestFolders(folders: RequestFolders, remove: RemoveTree): Promise<void> {
  await Promise.all([remove(folders.root), remove(folders.scratch)]);
}

/**
 * Removes the folders of runs whose supervisor is gone: after a timeout of its own, Lambda starts a new process on the same /tmp. Scratch
 * folders tell which request folders are ours; those of a live process are left alone.
 */
export async function sweepRequestFolders(tmp: string, remove: RemoveTree): Promise<void> {
  for (const entry of readdirSync(tmp)) {
    const [, pid, started, name] = SCRATCH.exec(entry) ?? [];
    if (pid === undefined || startTime(Number(pid)) === started) continue;
    for (const folder of [join(tmp, name!), join(tmp, entry)]) {
      // Where /tmp is shared, anybody can make such names.
      if (lstatSync(folder, { throwIfNoEntry: false })?.uid === getuid?.()) await remove(folder);
    }
  }
}

/** Field 22 of `/proc/PID/stat`: with the pid it names a process for good. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
