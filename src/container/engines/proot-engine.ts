import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { ScarError } from "../../errors.ts";
import type { ContainerCommand, Engine, SpawnPlan } from "../engine.ts";
import { checkProgram } from "../program.ts";
import { fitsShell, hasShell, travelling } from "./container-env.ts";
import { MountPoints, SHARED_FILES } from "./mount-points.ts";
import type { Mount } from "./mount-table.ts";
import { containerMounts } from "./mounts.ts";

/**
 * Runs PRoot and ends with the status that is written to file descriptor 9 inside, when there is one: PRoot's own says nothing of
 * signals. `$1` is the folder for that and for PRoot's own files, which stay when it is killed.
 */
const OUTSIDE =
  'PROOT_TMP_DIR=$1; export PROOT_TMP_DIR; shift; "$@" 9>"$PROOT_TMP_DIR/status"; status=$?; read -r told <"$PROOT_TMP_DIR/status" && status=$told; exit "$status"';

/**
 * Runs the command, tells its status and has PRoot, its parent, end whatever is left inside (it does so on SIGQUIT, and would wait
 * for daemons otherwise). A shell's remark on how its child ended is not the child's output, nor are the variables that it sets by
 * itself part of the command's environment.
 */
const INSIDE = [
  "exec 8>&2 2>/dev/null",
  '(unset PWD OLDPWD SHLVL PROOT_TMP_DIR; exec "$@" 2>&8 8>&- 9>&-)',
  "echo $? >&9",
  "kill -QUIT $PPID",
].join("; ");

/**
 * Paths translated by PRoot, which follows each system call with ptrace(2): where no namespaces are allowed. The command believes
 * that it is root. It writes into the root file system itself, and read-only volumes can be written. Where the image has no shell,
 * PRoot ends only when the last process inside has ended, and with 255 for any signal.
 */
export class ProotEngine implements Engine {
  readonly name = "P1";
  readonly description = "PRoot";
  readonly #proot: readonly string[];

  /** @param proot the words that start it, from `findProot` */
  constructor(proot: readonly string[]) {
    this.#proot = proot;
  }

  async plan(command: ContainerCommand): Promise<SpawnPlan> {
    checkProgram(command);
    const { rootfs, workdir } = command;
    const folder = mkdtempSync(join(command.scratch ?? tmpdir(), "scar-run-"));
    try {
      const points = new MountPoints(rootfs);
      // Not /sys: root could write to the machine's.
      const mounts = containerMounts(command, points, { proc: "shared", sys: false, pts: true });
      points.folder(workdir);
      const { env, argv } = travelling(command.env, command.argv, hasShell(rootfs));
      const withShell = hasShell(rootfs) && fitsShell(env);
      const binds = mounts.flatMap((mount) => bindArguments(mount, rootfs, folder));
      const proot = [...this.#proot, "-v", "-1", "-r", rootfs, "-0", ...binds, "-w", workdir];
      const words = withShell
        ? ["/bin/sh", "-c", OUTSIDE, "sh", folder, ...proot, "/bin/sh", "-c", INSIDE, "sh", ...argv]
        : [...proot, ...argv];
      return {
        file: words[0]!,
        args: words.slice(1),
        env,
        isolatesWrites: false,
        cleanup: async () => rmSync(folder, { recursive: true, force: true }),
      };
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }
}

/** @param folder for what is the container's own */
function bindArguments({ source, target, type }: Mount, rootfs: string, folder: string): string[] {
  const inside = target.slice(rootfs.length);
  const own = join(folder, basename(inside));
  // Other engines mount these anew: terminals and processes are the machine's here.
  let shown = type === "none" ? source : inside;
  if (!existsSync(shown)) return [];
  if (type === "tmpfs") {
    mkdirSync(own);
    shown = own;
  } else if (SHARED_FILES.some((file) => file === inside)) {
    // Nothing else keeps root from writing to the machine's.
    copyFileSync(source, own);
    shown = own;
  }
  const colon = [shown, inside].find((path) => path.includes(":"));
  if (colon !== undefined) throw new ScarError("InvalidVolume", `PRoot cannot bind a path with a colon: ${colon}`);
  return ["-b", `${shown}:${inside}`];
}
