import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { ContainerCommand, Engine, SpawnPlan } from "../engine.ts";
import { checkProgram } from "../program.ts";
import { hasShell, travelling } from "./container-env.ts";
import { MountPoints } from "./mount-points.ts";
import type { Mount } from "./mount-table.ts";
import { containerMounts, type Surroundings } from "./mounts.ts";

export interface BwrapEngineOptions {
  /** Absolute path of bubblewrap's program. */
  readonly bwrap: string;
  /** Whether it is new enough (0.11) to mount overlays. */
  readonly overlays: boolean;
  readonly surroundings: Surroundings;
}

/**
 * User namespaces by bubblewrap: where AppArmor lets only that make them, or unshare(1) is missing or too old. It adds `PWD` to the
 * environment; daemons end a moment after the command, not before.
 */
export class BwrapEngine implements Engine {
  readonly name = "R1";
  readonly description = "user namespace (bwrap)";
  readonly #options: BwrapEngineOptions;

  constructor(options: BwrapEngineOptions) {
    this.#options = options;
  }

  async plan(command: ContainerCommand): Promise<SpawnPlan> {
    checkProgram(command);
    const { rootfs, scratch } = command;
    const isolates = this.#options.overlays && scratch !== undefined;
    const [upper, work] = isolates ? [join(scratch, "upper"), join(scratch, "work")] : [];
    if (upper !== undefined && work !== undefined) for (const folder of [upper, work]) mkdirSync(folder);
    const points = new MountPoints(rootfs, upper);
    const mounts = containerMounts(command, points, this.#options.surroundings);
    points.folder(command.workdir);
    const { env, argv } = travelling(command.env, command.argv, hasShell(rootfs));
    const root = isolates ? ["--overlay-src", rootfs, "--overlay", upper!, work!, "/"] : ["--bind", rootfs, "/"];
    return {
      file: this.#options.bwrap,
      args: [
        ...["--unshare-user", "--uid", "0", "--gid", "0", "--unshare-pid", "--unshare-ipc", "--die-with-parent"],
        ...root,
        ...mounts.flatMap((mount) => bwrapArguments(mount, rootfs)),
        ...["--chdir", command.workdir, "--", ...argv],
      ],
      env,
      isolatesWrites: isolates,
      cleanup: async () => {},
    };
  }
}

/** bubblewrap wants targets as they are inside, and makes its own proc, tmpfs and devices. */
function bwrapArguments(mount: Mount, rootfs: string): string[] {
  const target = mount.target.slice(rootfs.length);
  if (mount.type === "proc") return ["--proc", target];
  if (mount.type === "tmpfs") return ["--tmpfs", target];
  if (mount.type === "devpts") return [];
  if (mount.source.startsWith("/dev/")) return ["--dev-bind", mount.source, target];
  return [mount.options.split(",").includes("ro") ? "--ro-bind" : "--bind", mount.source, target];
}
