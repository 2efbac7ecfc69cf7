import { statSync } from "node:fs";
import { RootPaths } from "../root-paths.ts";

/** Names that a shell can hold; others are lost in dash, which stands between us and the command. */
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Variables of the dynamic loader: meant for the program inside, they must not reach ours on the way there. */
const LOADER = /^LD_[A-Z0-9_]+$/;

/** Prefix under which a loader variable travels. */
const TRAVELLING = "SCAR_INSIDE_";

export interface TravellingCommand {
  readonly env: Readonly<Record<string, string>>;
  readonly argv: readonly string[];
}

/**
 * The environment and the command as they are handed to the programs that enter the container. Where the container has a shell,
 * loader variables are set by that, inside.
 */
export function travelling(
  env: Readonly<Record<string, string>>,
  argv: readonly string[],
  hasShell: boolean,
): TravellingCommand {
  const names = Object.keys(env).filter((name) => LOADER.test(name));
  if (names.length === 0 || !hasShell) return { env, argv };
  const renamed = Object.entries(env).map(([name, value]) => [names.includes(name) ? TRAVELLING + name : name, value]);
  const script = names.map((name) => `export ${name}="$${TRAVELLING}${name}"; unset ${TRAVELLING}${name}; `).join("");
  return { env: Object.fromEntries(renamed), argv: ["/bin/sh", "-c", `${script}exec "$@"`, "sh", ...argv] };
}

/** Whether a plain shell hands all variables on. */
export function fitsShell(env: Readonly<Record<string, string>>): boolean {
  return Object.keys(env).every((name) => IDENTIFIER.test(name));
}

/** Whether the image has `/bin/sh`. */
export function hasShell(rootfs: string): boolean {
  const path = new RootPaths(rootfs).find("/bin/sh");
  return path !== undefined && (statSync(path).mode & 0o111) !== 0;
}
