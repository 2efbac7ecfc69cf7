import { mkdtempSync, realpathSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { getegid, geteuid } from "node:process";
import { messageOf, ScarError } from "../../../errors.ts";
import type { ContainerCommand, Engine, SpawnPlan } from "../../engine.ts";
import { InsidePaths } from "../../inside-paths.ts";
import type { RootFacts } from "../../inspect.ts";
import { findProgramInside, isProgram, type Program } from "../../program.ts";
import { MountPoints } from "../mount-points.ts";
import { ensureAccount } from "./account.ts";
import { type FakechrootParts, fakechrootEnvironment } from "./environment.ts";
import { libraryFolders } from "./library-folders.ts";
import { loaderTakesName } from "./loader.ts";
import { assertNoIdentityChange } from "./setuid.ts";
import { placeVolumes } from "./volumes.ts";

export interface FakechrootEngineOptions {
  /** Absolute path of libfakechroot; undefined: only static programs can be run. */
  readonly library: string | undefined;
  /** Facts of the one image that the engine serves. */
  readonly root: RootFacts;
}

/** Tells what a shell would of a command that cannot be run, and ends as it does. */
const NOT_RUN = 'echo "$1" >&2; exit "$2"';

/**
 * Paths translated inside the programs themselves, by libfakechroot, which the container's own loader brings into them: what AWS Lambda
 * leaves, where neither namespaces nor ptrace(2) nor chroot(2) may be used. Programs run as who they are; they write into the root
 * file system itself; read-only volumes can be written; a static program is not held: it sees the machine's paths.
 */
export class FakechrootEngine implements Engine {
  readonly name = "F1";
  readonly description: string;
  readonly #library: string | undefined;
  readonly #root: RootFacts;
  /** By root file system: looking through it takes longer than a short command. */
  readonly #folders = new Map<string, string[]>();

  constructor({ library, root }: FakechrootEngineOptions) {
    this.description = library === undefined ? "fakechroot (static programs)" : `fakechroot (${basename(library)})`;
    this.#library = library;
    this.#root = root;
  }

  async plan(command: ContainerCommand): Promise<SpawnPlan> {
    const rootfs = realpathSync(command.rootfs);
    const real = { ...command, rootfs };
    const volumes = placeVolumes(rootfs, command.volumes);
    const folder = mkdtempSync(join(command.scratch ?? tmpdir(), "r-"));
    const cleanup = async (): Promise<void> => {
      rmSync(folder, { recursive: true, force: true });
      volumes.undo();
    };
    try {
      const places = new InsidePaths(real);
      const cwd = workingDirectory(real, places);
      const found = findProgramInside(real, places);
      if (!isProgram(found)) {
        return { file: "/bin/sh", args: ["-c", NOT_RUN, "sh", found.why, String(found.status)], env: {}, cleanup };
      }
      assertNoIdentityChange(found);
      const start =
        found.loader === undefined
          ? direct(found, real)
          : this.#loaded(found, real, { shared: volumes.shared, folder, places });
      return { ...start, cwd, isolatesWrites: false, cleanup };
    } catch (error) {
      await cleanup();
      throw error;
    }
  }

  #loaded(
    program: Program,
    command: ContainerCommand,
    { shared, folder, places }: Pick<FakechrootParts, "shared" | "places"> & { readonly folder: string },
  ): Pick<SpawnPlan, "file" | "args" | "env"> {
    const loader = program.loader!;
    if (this.#library === undefined) {
      throw new ScarError("NoFakechrootLibrary", `F1 has no library for ${program.path}, a program with a loader`);
    }
    const socketRoot = join(folder, "r");
    symlinkSync(command.rootfs, socketRoot);
    const env = fakechrootEnvironment(command.env, {
      rootfs: command.rootfs,
      library: this.#library,
      loader,
      libraryFolders: this.#foldersOf(command),
      shared,
      socketRoot,
      places,
    });
    const [name, ...rest] = program.argv;
    // Never FAKECHROOT_ELFLOADER_OPT_ARGV0: with it libfakechroot 2.20 drops the last arguments of scripts.
    const named = loaderTakesName(loader) ? ["--argv0", name!] : [];
    return { file: loader, args: [...named, program.file, ...rest], env };
  }

  /** At the first run in a root file system: its folders of libraries, and a line for us among its users. */
  #foldersOf({ rootfs, env }: ContainerCommand): readonly string[] {
    const known = this.#folders.get(rootfs);
    if (known !== undefined) return known;
    const folders = libraryFolders(rootfs, this.#root);
    ensureAccount(rootfs, { uid: geteuid!(), gid: getegid!() }, env);
    this.#folders.set(rootfs, folders);
    return folders;
  }
}

/** A static program gets nothing of the loader's: what it starts would be the machine's own programs. */
function direct(program: Program, { env }: ContainerCommand): Pick<SpawnPlan, "file" | "args" | "env" | "warning"> {
  const [, ...args] = program.argv;
  const kept = Object.entries(env).filter(([name]) => !name.startsWith("LD_"));
  return {
    file: program.file,
    args,
    env: Object.fromEntries(kept),
    warning: `${program.path} is a static program: F1 cannot keep it inside the image, it sees this machine's files ($TMP_INPUT_DIR and $TMP_OUTPUT_DIR are the same)`,
  };
}

/** Where the working directory is, outside; made when missing. */
function workingDirectory({ rootfs, workdir }: ContainerCommand, places: InsidePaths): string {
  const path = places.outside(workdir) ?? new MountPoints(rootfs).folder(workdir);
  try {
    if (statSync(path).isDirectory()) return path;
  } catch (cause) {
    throw new ScarError("InvalidWorkdir", `the working directory ${workdir}: ${messageOf(cause)}`, { cause });
  }
  throw new ScarError("InvalidWorkdir", `the working directory ${workdir} is a file`);
}
