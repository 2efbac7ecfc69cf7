/** Where scar.cfg is, what is in it, and its first version (behaviour.md, section 2). */
import { readFile, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { EXIT, messageOf, ScarError } from "../errors.ts";
import type { Tree } from "../fdl/tree.ts";
import { homeFolder } from "../home-folder.ts";
import { makeFolder } from "../make-folder.ts";
import { CONFIG_VERSION, DEFAULTS, OSCAR_DEFAULTS } from "./defaults.ts";
import { merge } from "./merge.ts";
import { placeNew } from "./place-file.ts";

/** Files above are no configuration: 1 MiB. */
const MAX_SIZE = 1024 * 1024;

/** Whether scar.cfg has a place: services and jobs may run without a home. */
export function hasConfigPath(env: Readonly<Record<string, string | undefined>>): boolean {
  return Boolean(env["SCAR_CONFIG_FOLDER"] || homeFolder(env));
}

/** `$SCAR_CONFIG_FOLDER/scar.cfg`, or `~/.scar/scar.cfg`; a relative folder is below `cwd`. Throws ScarError `NoConfigFolder` (exit code 2). */
export function configPath(env: Readonly<Record<string, string | undefined>>, cwd?: string): string {
  const folder = env["SCAR_CONFIG_FOLDER"];
  if (folder) return cwd === undefined ? join(folder, "scar.cfg") : resolve(cwd, folder, "scar.cfg");
  const home = homeFolder(env);
  if (!home) {
    throw new ScarError("NoConfigFolder", "neither SCAR_CONFIG_FOLDER nor HOME is set: scar.cfg has no place", {
      exitCode: EXIT.usage,
      hint: "set SCAR_CONFIG_FOLDER to the folder of scar.cfg",
    });
  }
  return join(home, ".scar", "scar.cfg");
}

/** A scar.cfg as it is on the disk. */
export interface ConfigFile {
  readonly bytes: Buffer;
  readonly text: string;
  /** Permission bits, 0o600 when all is well. */
  readonly mode: number;
}

/** Undefined when there is no file. Throws ScarError `InvalidConfig` (exit code 2) for what is no text file of a sensible size. */
export async function readConfigFile(file: string): Promise<ConfigFile | undefined> {
  const refused = (why: string, cause?: unknown): ScarError =>
    new ScarError("InvalidConfig", `${file} cannot be read: ${why}`, { cause, exitCode: EXIT.usage });
  let mode: number;
  let bytes: Buffer;
  try {
    const found = await stat(file);
    // Reading a named pipe or a device may never end.
    if (!found.isFile()) throw refused("it is no file");
    if (found.size > MAX_SIZE)
      throw refused(`${found.size} bytes are too many for a configuration (at most ${MAX_SIZE})`);
    mode = found.mode & 0o777;
    bytes = await readFile(file);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw cause instanceof ScarError ? cause : refused(messageOf(cause), cause);
  }
  try {
    return { bytes, text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), mode };
  } catch (cause) {
    throw refused("it is no UTF-8 text", cause);
  }
}

/** A whole scar.cfg: today's defaults, and over them what the user has set. */
export function configText(user: Tree = {}): string {
  const defaults = { scar: { config_version: CONFIG_VERSION }, aws: DEFAULTS, oscar: OSCAR_DEFAULTS };
  return `${JSON.stringify(merge(defaults as Tree, user), null, 2)}\n`;
}

/** Makes the default file, for its owner alone; one that appeared in the meantime stays as it is. */
export async function createConfig(file: string): Promise<void> {
  try {
    makeFolder(dirname(file), 0o700);
    placeNew(file, configText());
  } catch (cause) {
    throw new ScarError("InvalidConfig", `${file} cannot be created: ${messageOf(cause)}`, {
      cause,
      exitCode: EXIT.usage,
      hint: "set SCAR_CONFIG_FOLDER to a folder that you can write to, or give the role with -r",
    });
  }
}
