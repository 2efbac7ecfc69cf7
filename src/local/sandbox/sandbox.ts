/**
 * The sandbox of an execution environment: a root file system laid out like Lambda's, a PID namespace of its own and nothing of
 * the user's but what the function was given. Made with util-linux alone (`unshare.ts`) or with bubblewrap (`bwrap.ts`); where
 * namespaces are refused with PRoot (`proot.ts`) or an installed Docker (`docker.ts`).
 */
import type { ChildProcess } from "node:child_process";

/** What a sandbox shows to the function. All paths outside are absolute. */
export interface SandboxSpec {
  /** Tells this sandbox from all others of the machine: letters, digits and `-`. */
  readonly id: string;
  /** An empty folder for the mount point of the root; stays empty outside, but for what a sandbox without mounts keeps there. */
  readonly root: string;
  /** Shown read-only at /var/task. */
  readonly task: string;
  /** Shown read-only at /opt; missing: an empty folder. */
  readonly opt?: string;
  /**
   * What stands at /tmp: a file system in memory of that size, seen by nobody outside and gone with the sandbox; or a folder on
   * disk without a limit, owned by {@link Sandbox.hostUid}.
   */
  readonly tmp: { readonly megabytes: number } | { readonly folder: string };
  /** MB of memory, for a sandbox that enforces the limit itself. */
  readonly memory: number;
  /** Read-only files: path inside → path outside. The runtime at /var/runtime, Node at /var/lang/bin/node. */
  readonly files: Readonly<Record<string, string>>;
  /** The whole environment inside. Handed over through a pipe, never in an argument list. Names are shell identifiers. */
  readonly env: Readonly<Record<string, string>>;
  /** Program and arguments, as seen inside; started in /var/task. */
  readonly argv: readonly string[];
}

export type SandboxKind = "root-namespaces" | "user-namespaces" | "bwrap" | "proot" | "docker";

/** Enough to end a sandbox that a crashed server left; kept on disk as JSON. */
export interface SandboxRecord {
  readonly kind: SandboxKind;
  /** {@link SandboxSpec.id} */
  readonly id: string;
  /** Of the process that {@link Sandbox.launch} started. */
  readonly pid: number;
  /** Tells it from a later process with the same number. */
  readonly startTime: string;
}

export interface SandboxProcess {
  /** Leads a process group of its own; ends when the program ends, with its status. Its stdout and stderr are pipes. */
  readonly child: ChildProcess;
  /** Ends everything inside. Returns at once; the child's `close` tells when it is done. */
  kill(): void;
  /**
   * Resident memory of all that runs inside; undefined where it cannot be seen. Pages that several processes share count once
   * when the sum is above `exactAbove` bytes.
   */
  memory(exactAbove: number): MemoryUse | undefined;
}

/** Bytes. */
export interface MemoryUse {
  readonly now: number;
  /** Sum of the peaks of the processes that live. */
  readonly peak: number;
}

export interface Sandbox {
  readonly kind: SandboxKind;
  /** Human words: `user namespace (unshare)`. */
  readonly description: string;
  /** The user that the function sees itself as: Lambda's 993, or 0 where a second user cannot be had. */
  readonly uid: number;
  /** Owner of the function's processes and files as the host sees them. */
  readonly hostUid: number;
  /** Whether /tmp can be a file system in memory; else it is always a folder on disk. */
  readonly tmpInMemory: boolean;
  /** What Lambda would limit and this sandbox does not; told once in the server's log. */
  readonly notLimited?: string;
  /**
   * Starts the program. Whatever the end of this process, the sandbox ends with it or leaves what {@link SandboxRecord} names.
   * Exit status {@link SETUP_FAILED} with a line on stderr: not set up.
   */
  launch(spec: SandboxSpec): SandboxProcess;
}

/** Exit status of a sandbox that could not be set up. */
export const SETUP_FAILED = 125;

/** Lambda's user and group id in the Node.js and provided runtimes of Amazon Linux 2023. */
export const LAMBDA_UID = 993;

/** The line on stderr that goes with {@link SETUP_FAILED} begins so. */
export const SETUP_FAILED_PREFIX = "scar: sandbox: ";
