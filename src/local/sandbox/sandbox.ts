/**
 * The sandbox of an execution environment: a root file system laid out like Lambda's, a PID namespace of its own and nothing of
 * the user's but what the function was given. Made with util-linux alone (`unshare.ts`) or with bubblewrap (`bwrap.ts`).
 */
import type { ChildProcess } from "node:child_process";

/** What a sandbox shows to the function. All paths outside are absolute. */
export interface SandboxSpec {
  /** An empty folder for the mount point of the root; stays empty outside. */
  readonly root: string;
  /** Shown read-only at /var/task. */
  readonly task: string;
  /** Shown read-only at /opt; missing: an empty folder. */
  readonly opt?: string;
  /** Shown at /tmp, writable: on disk, not in memory. Owned by {@link Sandbox.hostUid}. */
  readonly tmp: string;
  /** Read-only files: path inside → path outside. The runtime at /var/runtime, Node at /var/lang/bin/node. */
  readonly files: Readonly<Record<string, string>>;
  /** The whole environment inside. Handed over through a pipe, never in an argument list. Names are shell identifiers. */
  readonly env: Readonly<Record<string, string>>;
  /** Program and arguments, as seen inside; started in /var/task. */
  readonly argv: readonly string[];
}

export type SandboxKind = "root-namespaces" | "user-namespaces" | "bwrap";

export interface Sandbox {
  readonly kind: SandboxKind;
  /** Human words: `user namespace (unshare)`. */
  readonly description: string;
  /** The user that the function sees itself as: Lambda's 993, or 0 where a second user cannot be had. */
  readonly uid: 993 | 0;
  /** Owner of the function's processes and files as the host sees them. */
  readonly hostUid: number;
  /**
   * Starts the program. The child leads a process group of its own: SIGKILL to the group ends everything inside, and so does the
   * end of this process. Its stdout and stderr are pipes. Exit status {@link SETUP_FAILED} with a line on stderr: not set up.
   */
  launch(spec: SandboxSpec): ChildProcess;
}

/** Exit status of a sandbox that could not be set up. */
export const SETUP_FAILED = 125;

/** Lambda's user and group id in the Node.js and provided runtimes of Amazon Linux 2023. */
export const LAMBDA_UID = 993;

/** The line on stderr that goes with {@link SETUP_FAILED} begins so. */
export const SETUP_FAILED_PREFIX = "scar: sandbox: ";
