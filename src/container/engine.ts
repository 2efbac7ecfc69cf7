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
  /** Absolute path of an empty folder for what the command writes elsewhere in the root; removed by the caller. Missing: it writes into `rootfs`. */
  readonly scratch?: string;
}

/** What to hand to `child_process.spawn`, in a process group of its own. */
export interface SpawnPlan {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Undoes what the plan prepared outside (links, mount points); called after the process has ended. */
  readonly cleanup: () => Promise<void>;
}

export interface Engine {
  readonly name: Exclude<EngineMode, "auto">;
  /** Human words: `user namespace (unshare)`. */
  readonly description: string;
  plan(command: ContainerCommand): Promise<SpawnPlan>;
}
