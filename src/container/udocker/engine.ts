import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ScarError } from "../../errors.ts";
import type { ContainerCommand, Engine, SpawnPlan } from "../engine.ts";
import { MountPoints } from "../engines/mount-points.ts";
import { InsidePaths } from "../inside-paths.ts";
import { checkProgram } from "../program.ts";
import type { Udocker } from "./program.ts";

export interface UdockerEngineOptions {
  readonly udocker: Udocker;
  /** Name of the container. */
  readonly container: string;
  /** udocker's name of the mode it is set up for. */
  readonly execmode: string;
  /** Whether this udocker reads variables from a file (from 1.3 on): they then stay out of the list of processes. */
  readonly readsFiles: boolean;
  /** `NAME=value` lines of the image: they win over a file's. */
  readonly imageEnv: readonly string[];
}

/** What the original shows of the machine. */
const SHOWN = ["-v", "/dev", "-v", "/proc", "-v", "/etc/hosts", "--nosysdirs"];

/** Commands by a user's udocker: its own engines under our supervision. Writes stay in its container. */
export class UdockerEngine implements Engine {
  readonly name: Engine["name"];
  readonly description: string;
  readonly #options: UdockerEngineOptions;

  constructor(options: UdockerEngineOptions) {
    this.name = ENGINES[options.execmode[0] ?? ""] ?? "F1";
    this.description = `udocker (${options.udocker.file}, mode ${options.execmode})`;
    this.#options = options;
  }

  async plan(command: ContainerCommand): Promise<SpawnPlan> {
    checkProgram(command);
    // It refuses a working directory that the image does not have.
    if (new InsidePaths(command).outside(command.workdir) === undefined)
      new MountPoints(command.rootfs).folder(command.workdir);
    const { udocker, container } = this.#options;
    const folder = mkdtempSync(join(command.scratch ?? tmpdir(), "udocker-"));
    const volumes = command.volumes.flatMap(({ source, target }) => {
      if (statSync(source, { throwIfNoEntry: false }) === undefined)
        throw new ScarError("InvalidVolume", `volume source ${source} does not exist`);
      return ["-v", source === target ? source : `${source}:${target}`];
    });
    return {
      file: udocker.file,
      args: [
        ...[...udocker.general, "--quiet", "run", ...volumes, ...SHOWN],
        ...this.#variables(command.env, folder),
        // The command is whole: the image's own entrypoint is part of it.
        ...[`--workdir=${command.workdir}`, "--entrypoint=", container, ...command.argv],
      ],
      env: udocker.env,
      isolatesWrites: false,
      cleanup: async () => rmSync(folder, { recursive: true, force: true }),
    };
  }

  /** A file holds one variable a line, and never overrides the image's own: the others go on the command line. */
  #variables(env: Readonly<Record<string, string>>, folder: string): string[] {
    const { readsFiles, imageEnv } = this.#options;
    const image = new Set(imageEnv.map((line) => line.split("=", 1)[0]));
    const fits = (name: string): boolean => readsFiles && !image.has(name) && !/[\n\r]/.test(env[name]!);
    const line = (name: string): string => `${name}=${env[name]}`;
    const plain = Object.keys(env).filter(fits).map(line);
    const others = Object.keys(env)
      .filter((name) => !fits(name))
      .map(line);
    const file = join(folder, "env");
    if (plain.length > 0) writeFileSync(file, `${plain.join("\n")}\n`, { mode: 0o600 });
    return [...(plain.length > 0 ? [`--env-file=${file}`] : []), ...others.map((entry) => `--env=${entry}`)];
  }
}

/** Letters of udocker's modes → our engines of the same kind. */
const ENGINES: Readonly<Record<string, Engine["name"]>> = { F: "F1", P: "P1", R: "R1", S: "R1" };

/** Whether this udocker's `run` knows `--env-file`. */
export async function readsEnvFiles(udocker: Udocker): Promise<boolean> {
  const { stdout } = await udocker.run(["run", "--help"], { timeoutMs: 20_000 });
  return stdout.includes("--env-file");
}
