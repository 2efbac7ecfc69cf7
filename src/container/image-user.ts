/** Whom an image wants its command to run as, as far as a process without rights can be somebody else: by the variables that tell. */
import { readFileSync } from "node:fs";
import type { ContainerCommand } from "./engine.ts";
import { RootPaths } from "./root-paths.ts";

export interface ImageUser {
  /** Login name; undefined for a number that the image's /etc/passwd does not list. */
  readonly name: string | undefined;
  readonly home: string;
}

/**
 * The image's user (`USER` of a Dockerfile: `name`, `uid`, either with `:group`; empty: root), from its own /etc/passwd (passwd(5)). A user
 * that is not listed lives in `/`, as Docker has it; root in `/root`.
 */
export function imageUser(rootfs: string, user: string): ImageUser {
  const wanted = user.split(":", 1)[0] || "0";
  const entry = entries(rootfs).find(([name, , uid]) => name === wanted || uid === wanted);
  if (entry !== undefined) return { name: entry[0]!, home: entry[5] || "/" };
  if (wanted === "0" || wanted === "root") return { name: "root", home: "/root" };
  return { name: /^\d+$/.test(wanted) ? undefined : wanted, home: "/" };
}

/** `HOME`, `USER` and `LOGNAME` of the image's user: defaults, which the image's own variables override. */
export function userVariables(rootfs: string, user: string): ContainerCommand["env"] {
  const { name, home } = imageUser(rootfs, user);
  return name === undefined ? { HOME: home } : { HOME: home, USER: name, LOGNAME: name };
}

function entries(rootfs: string): string[][] {
  const file = new RootPaths(rootfs).find("/etc/passwd");
  if (file === undefined) return [];
  try {
    return readFileSync(file, "utf8")
      .split("\n")
      .map((line) => line.split(":"));
  } catch {
    return [];
  }
}
