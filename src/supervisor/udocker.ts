import { statSync } from "node:fs";
import { resolve } from "node:path";
import { geteuid } from "node:process";
import { makeUdockerContainer, type UdockerImage } from "../container/udocker/container.ts";
import { readsEnvFiles, UdockerEngine } from "../container/udocker/engine.ts";
import { isUsable, Udocker } from "../container/udocker/program.ts";
import type { ReadyContainer } from "./container-host.ts";
import type { Settings } from "./settings.ts";

/**
 * The image by the user's own udocker, where `UDOCKER_EXEC` names one that works; else what the log should say of that. Nothing is
 * said of a name that leads nowhere: the first SCAR set it for every function.
 * Throws ScarError `UdockerFailed` and `InvalidImage`.
 */
export async function udockerContainer(
  reference: string,
  settings: Settings,
  signal: AbortSignal,
): Promise<ReadyContainer | Pick<ReadyContainer, "notices">> {
  const { udockerExec, udockerEnv, udockerDir, packedImage, taskRoot } = settings;
  if (udockerExec === undefined || !isFile(udockerExec)) return { notices: [] };
  const env = {
    ...udockerEnv,
    UDOCKER_DIR: udockerDir,
    // It makes these where they are missing, which a read-only package does not allow.
    ...(isFolder(packedImage.repos) && { UDOCKER_REPOS: packedImage.repos, UDOCKER_LAYERS: packedImage.layers }),
  };
  const udocker = new Udocker(udockerExec, env, geteuid?.() === 0, signal);
  const usable = await isUsable(udocker);
  if (usable !== true) {
    return {
      notices: [`UDOCKER_EXEC: ${udockerExec} is not used: ${usable}; the supervisor runs the image by itself`],
    };
  }
  const execmode = execmodeOf(settings);
  const { name, rootfs, config } = await makeUdockerContainer(udocker, imageOf(reference, taskRoot), execmode);
  const readsFiles = await readsEnvFiles(udocker);
  const engine = new UdockerEngine({ udocker, container: name, execmode, readsFiles, imageEnv: config.env });
  return { rootfs, config, engine, notices: [] };
}

/** udocker's own name of the mode; F1 where none is named, as in the first SCAR. It has no chroot: PRoot comes nearest. */
function execmodeOf({ engine: { mode, standsFor } }: Pick<Settings, "engine">): string {
  if (standsFor !== undefined) return standsFor;
  if (mode === "auto") return "F1";
  return mode === "chroot" ? "P1" : mode;
}

/** An archive of `docker save` in the package, or a reference. */
function imageOf(reference: string, taskRoot: string): UdockerImage {
  const path = resolve(taskRoot, reference);
  return isFile(path) ? { kind: "archive", path } : { kind: "reference", reference };
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
