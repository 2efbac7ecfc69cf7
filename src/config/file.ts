import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EXIT, messageOf, ScarError } from "../errors.ts";
import { isTree, type Tree } from "../fdl/tree.ts";
import { CONFIG_VERSION, DEFAULTS } from "./defaults.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** `$SCAR_CONFIG_FOLDER/scar.cfg`, or `~/.scar/scar.cfg`. */
export function configPath(env: Env): string {
  const folder = env["SCAR_CONFIG_FOLDER"];
  if (folder !== undefined && folder !== "") return join(folder, "scar.cfg");
  const home = env["HOME"] ?? env["USERPROFILE"];
  if (home === undefined || home === "") {
    throw new ScarError("NoHome", "neither SCAR_CONFIG_FOLDER nor HOME is set: scar.cfg has no place", {
      exitCode: EXIT.usage,
    });
  }
  return join(home, ".scar", "scar.cfg");
}

/** The configuration file as a tree; undefined when there is none. Throws ScarError `InvalidConfig` when it is not JSON. */
export async function readConfig(file: string): Promise<Tree | undefined> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new ScarError("InvalidConfig", `${file} cannot be read: ${messageOf(error)}`, {
      cause: error,
      exitCode: EXIT.usage,
    });
  }
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ""));
    if (isTree(value)) return value;
    throw invalid(file, "must be a JSON object", undefined);
  } catch (error) {
    if (error instanceof ScarError) throw error;
    throw invalid(file, jsonProblem(text, messageOf(error)), error);
  }
}

/** Makes the default file, readable by its owner alone. */
export async function createConfig(file: string): Promise<void> {
  const content = { scar: { config_version: CONFIG_VERSION }, aws: DEFAULTS };
  try {
    await mkdir(join(file, ".."), { recursive: true, mode: 0o700 });
    await writeFile(file, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return;
    throw new ScarError("InvalidConfig", `${file} cannot be created: ${messageOf(error)}`, {
      cause: error,
      hint: "set SCAR_CONFIG_FOLDER to a folder that you can write to",
      exitCode: EXIT.usage,
    });
  }
}

function invalid(file: string, message: string, cause: unknown): ScarError {
  return new ScarError("InvalidConfig", `${file}: ${message}`, {
    cause,
    exitCode: EXIT.usage,
    hint: "correct it, or move it away: scar makes a new one",
  });
}

/** Node names the offset only: the line and column are found again. */
function jsonProblem(text: string, message: string): string {
  const offset =
    /position (\d+)/.exec(message)?.[1] ?? (/end of JSON/i.test(message) ? String(text.length) : undefined);
  if (offset === undefined) return `not JSON: ${message}`;
  const before = text.slice(0, Number(offset)).split("\n");
  return `line ${before.length}, column ${before.at(-1)!.length + 1}: not JSON: ${message.replace(/\s*(?:in JSON )?at position.*$/s, "")}`;
}
