import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ContainerCommand, Engine, SpawnPlan } from "../engine.ts";
import { checkProgram } from "../program.ts";
import { fitsShell, hasShell, travelling } from "./container-env.ts";
import { MountPoints } from "./mount-points.ts";
import { mountTable } from "./mount-table.ts";
import { containerMounts, overlayMount, type Surroundings } from "./mounts.ts";
import { OverlaySupport } from "./overlay-support.ts";

/** Programs of this machine that the engine uses, absolute. */
export interface NamespacePrograms {
  readonly unshare: string;
  readonly mount: string;
  readonly sh: string;
  /** Takes the place of `sh` for environments that a plain shell cannot hold. */
  readonly bash?: string | undefined;
}

export interface NamespaceEngineOptions {
  readonly name: "R1" | "chroot";
  readonly programs: NamespacePrograms;
  readonly surroundings: Surroundings;
}

/**
 * Process 1 of the container: mounts what `$2` lists, then runs the rest as its child and ends with the child's status, which ends
 * everything else inside. Its own standard error is closed by then: a shell's remark on how its child ended is not the child's output;
 * nor are the variables that shells set by themselves part of the command's environment.
 */
const PROLOGUE = [
  '"$1" -a -T "$2" || exit 125',
  "shift 2",
  "exec 9>&2 2>/dev/null",
  '(unset PWD OLDPWD SHLVL; exec "$@" 2>&9 9>&-)',
  "exit $?",
].join("; ");

/** Programs run in private mount, PID and IPC namespaces, made by unshare(1): with a user namespace (`R1`) or as root (`chroot`). */
export class NamespaceEngine implements Engine {
  readonly name: "R1" | "chroot";
  readonly description: string;
  readonly #programs: NamespacePrograms;
  readonly #surroundings: Surroundings;
  readonly #overlay: OverlaySupport;

  constructor({ name, programs, surroundings }: NamespaceEngineOptions) {
    this.name = name;
    this.description = name === "R1" ? "user namespace (unshare)" : "root (chroot in a mount namespace)";
    this.#programs = programs;
    this.#surroundings = surroundings;
    this.#overlay = new OverlaySupport(name === "R1", (table) => this.#enter(programs.sh, table, ["/bin/true"]));
  }

  async plan(command: ContainerCommand): Promise<SpawnPlan> {
    checkProgram(command);
    const { rootfs, scratch } = command;
    const overlayOptions = scratch === undefined ? undefined : await this.#overlay.optionsFor(rootfs, scratch);
    const folder = scratch ?? mkdtempSync(join(tmpdir(), "scar-run-"));
    const cleanup = async (): Promise<void> => {
      if (scratch === undefined) rmSync(folder, { recursive: true, force: true });
    };
    try {
      return { ...this.#prepare(command, folder, overlayOptions), cleanup };
    } catch (error) {
      await cleanup();
      throw error;
    }
  }

  /** Makes the places of the mounts, and writes their table into `folder`. */
  #prepare(command: ContainerCommand, folder: string, overlayOptions: string | undefined): Omit<SpawnPlan, "cleanup"> {
    const { rootfs } = command;
    const overlay = overlayOptions === undefined ? undefined : overlayMount(rootfs, folder, overlayOptions);
    if (overlay !== undefined) for (const name of ["upper", "work"]) mkdirSync(join(folder, name));
    const points = new MountPoints(rootfs, overlay === undefined ? undefined : join(folder, "upper"));
    const mounts = containerMounts(command, points, this.#surroundings);
    points.folder(command.workdir);
    const table = join(folder, "mounts");
    writeFileSync(table, mountTable(overlay === undefined ? mounts : [overlay, ...mounts]), { mode: 0o600 });
    const { env, argv } = travelling(command.env, command.argv, hasShell(rootfs));
    const sh = fitsShell(env) ? this.#programs.sh : (this.#programs.bash ?? this.#programs.sh);
    const inside = [this.#programs.unshare, `--root=${rootfs}`, `--wd=${command.workdir}`, "--", ...argv];
    return {
      ...this.#enter(sh, table, inside),
      env,
      isolatesWrites: overlay !== undefined,
    };
  }

  #enter(sh: string, table: string, inside: readonly string[]): { file: string; args: string[] } {
    const user = this.name === "R1" ? ["--user", "--map-root-user"] : [];
    const { unshare, mount } = this.#programs;
    return {
      file: unshare,
      args: [
        ...user,
        "--mount",
        "--pid",
        "--ipc",
        "--fork",
        "--kill-child",
        sh,
        "-c",
        PROLOGUE,
        "sh",
        mount,
        table,
        ...inside,
      ],
    };
  }
}
