/** The engines' common interface: how a command is run inside an unpacked image. */

/** udocker's names of its execution modes, and ours. `auto`: the first that works where it runs. */
export type EngineMode = "auto" | "chroot" | "R1" | "P1" | "F1";

export interface Volume {
  /** Absolute path outside. */
  readonly source: string;
  /** Absolute path inside; made when missing. */
  readonly target: string;
  readonly readOnly?: boolean;
}

export interface ContainerCommand {
  /** Absolute path of the unpacked image. */
  readonly rootfs: string;
  /** Program and arguments, as seen inside. */
  readonly argv: readonly string[];
  /** The whole environment inside: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Working directory inside; made when missing. */
  readonly workdir: string;
  readonly volumes: readonly Volume[];
  /**
   * Absolute path of an empty folder for what the command writes elsewhere in the root; the caller removes it (with `removeTree`:
   * the kernel leaves a folder without rights in it). Missing: it writes into `rootfs`.
   */
  readonly scratch?: string;
}

/**
 * What to hand to `child_process.spawn`, in a process group of its own. It ends with the command's exit status, 128 + N when signal N
 * killed it, 125 when the container could not be set up, 126 or 127 when the program could not be run or found. When it ends, or
 * when its process group is killed, everything inside is gone, daemons too (where the engine has a PID namespace).
 */
export interface SpawnPlan {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Working directory outside; missing: any. */
  readonly cwd?: string;
  /** What the user should know of this run; the same text need not be told twice. */
  readonly warning?: string;
  /** Whether what the command writes outside of its volumes goes to `scratch`; false or missing: into `rootfs`. */
  readonly isolatesWrites?: boolean;
  /** Undoes what the plan prepared outside (links, mount points); called after the process has ended. */
  readonly cleanup: () => Promise<void>;
}

export interface Engine {
  readonly name: Exclude<EngineMode, "auto">;
  /** Human words: `user namespace (unshare)`. */
  readonly description: string;
  /** Prepares one run. Throws ScarError `InvalidVolume`, or the file system's error when the root cannot be prepared. */
  plan(command: ContainerCommand): Promise<SpawnPlan>;
}
