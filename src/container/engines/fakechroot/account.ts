import { appendFileSync, readFileSync } from "node:fs";
import { RootPaths } from "../../root-paths.ts";

/**
 * Gives the process's own user a line in the image's /etc/passwd and /etc/group when it has none, as udocker does: programs ask for the
 * name of who they run as (whoami, ssh, Python's getpass), and a function of Lambda runs as a user that no image knows. What cannot be
 * written stays as it is; so does all where `HOME` is not set: a trial of the engine knows of no user.
 */
export function ensureAccount(
  rootfs: string,
  ids: { readonly uid: number; readonly gid: number },
  env: Readonly<Record<string, string>>,
): void {
  const { HOME, USER = "" } = env;
  if (HOME === undefined) return;
  const home = /^\/[^:\n]*$/.test(HOME) ? HOME : "/";
  const wanted = /^[a-z_][a-z0-9_-]*$/.test(USER) ? USER : "user";
  ensureLine(rootfs, "/etc/passwd", ids.uid, wanted, (name) => `${name}:x:${ids.uid}:${ids.gid}::${home}:/bin/sh`);
  ensureLine(rootfs, "/etc/group", ids.gid, wanted, (name) => `${name}:x:${ids.gid}:`);
}

/** Both files: name first, number third. */
function ensureLine(rootfs: string, file: string, id: number, wanted: string, line: (name: string) => string): void {
  const path = new RootPaths(rootfs).find(file);
  if (path === undefined) return;
  try {
    const text = readFileSync(path, "latin1");
    const entries = text.split("\n").map((entry) => entry.split(":"));
    if (entries.some((entry) => entry[2] === String(id))) return;
    const taken = new Set(entries.map((entry) => entry[0]));
    const name = [wanted, "user", `user${id}`].find((candidate) => !taken.has(candidate));
    if (name === undefined) return;
    appendFileSync(path, `${text === "" || text.endsWith("\n") ? "" : "\n"}${line(name)}\n`);
  } catch {
    // Not ours to write.
  }
}
