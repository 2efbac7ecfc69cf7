import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ScarError } from "../../errors.ts";
import type { Override } from "../events/parse.ts";
import { interpreterOf } from "./interpreter.ts";

export interface ProgramParts {
  readonly override: Override | undefined;
  readonly initScript: Buffer | undefined;
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  /** Absolute path of the unpacked image. */
  readonly rootfs: string;
  /** Folder for the script, visible inside under the same path. */
  readonly folder: string;
}

/**
 * What runs: the event's script, else its `cmd_args`, else the init script, else the image's own command. A script takes the place of
 * entrypoint and command; `cmd_args` take the command's, as `docker run IMAGE ARGS` does: they are the entrypoint's arguments.
 */
export function programOf(parts: ProgramParts): string[] {
  const { override } = parts;
  if (override?.kind === "script") return script(parts, "script.sh", override.content);
  if (override?.kind === "arguments") return [...parts.entrypoint, ...override.argv];
  if (parts.initScript) return script(parts, "init_script.sh", parts.initScript);
  const own = [...parts.entrypoint, ...parts.cmd];
  if (own.length > 0) return own;
  throw new ScarError("NothingToRun", "the image has neither an entrypoint nor a command, and there is no script", {
    hint: "give the function an init_script, or the run a script or a command",
  });
}

function script(parts: ProgramParts, name: string, content: Buffer): string[] {
  const path = join(parts.folder, name);
  writeFileSync(path, content, { mode: 0o700, flag: "wx" });
  return [...interpreterOf(content, parts.rootfs), path];
}
