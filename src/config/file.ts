/** Where scar.cfg is, and its first version (behaviour.md, section 2). */
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { EXIT, messageOf, ScarError } from "../errors.ts";
import { makeFolder } from "../make-folder.ts";
import { CONFIG_VERSION, DEFAULTS } from "./defaults.ts";

/** `$SCAR_CONFIG_FOLDER/scar.cfg`, or `~/.scar/scar.cfg`. */
export function configPath(env: Readonly<Record<string, string | undefined>>): string {
  const folder = env["SCAR_CONFIG_FOLDER"];
  if (folder) return join(folder, "scar.cfg");
  const home = env["HOME"] || env["USERPROFILE"];
  if (!home) {
    throw new ScarError("NoConfigFolder", "neither SCAR_CONFIG_FOLDER nor HOME is set: scar.cfg has no place", {
      exitCode: EXIT.usage,
      hint: "set SCAR_CONFIG_FOLDER to the folder of scar.cfg",
    });
  }
  return join(home, ".scar", "scar.cfg");
}

/** Undefined when there is no file. */
export async function readConfigText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new ScarError("InvalidConfig", `${file} cannot be read: ${messageOf(cause)}`, {
      cause,
      exitCode: EXIT.usage,
    });
  }
}

/** Makes the default file, for its owner alone; one that appeared in the meantime stays as it is. */
export async function createConfig(file: string): Promise<void> {
  const content = { scar: { config_version: CONFIG_VERSION }, aws: DEFAULTS };
  try {
    makeFolder(dirname(file), 0o700);
    await writeNew(file, `${JSON.stringify(content, null, 2)}\n`);
  } catch (cause) {
    throw new ScarError("InvalidConfig", `${file} cannot be created: ${messageOf(cause)}`, {
      cause,
      exitCode: EXIT.usage,
      hint: "set SCAR_CONFIG_FOLDER to a folder that you can write to, or give the role with -r",
    });
  }
}

async function writeNew(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { mode: 0o600, flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
