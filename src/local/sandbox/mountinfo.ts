import { readFileSync } from "node:fs";

/** Mount options that a user namespace may not drop when it remounts what it inherited (mount_namespaces(7), "locked"). */
const LOCKED = new Set(["nosuid", "nodev", "noexec", "noatime", "nodiratime"]);

export interface MountPoint {
  readonly path: string;
  readonly options: readonly string[];
}

/** Reads the format of `/proc/self/mountinfo` (proc(5)): field 5 is the mount point, field 6 its options. */
export function parseMountInfo(text: string): MountPoint[] {
  return text
    .split("\n")
    .map((line) => line.split(" "))
    .filter((fields) => fields.length > 6)
    .map((fields) => ({ path: unescapeOctal(fields[4]!), options: fields[5]!.split(",") }));
}

/** The options that a read-only remount of `path` must repeat. */
export function lockedOptions(path: string, mounts: readonly MountPoint[]): string[] {
  let best: MountPoint | undefined;
  for (const mount of mounts) {
    const holds = path === mount.path || path.startsWith(mount.path === "/" ? "/" : `${mount.path}/`);
    // Of two mounts on one point the later one is seen.
    if (holds && (best === undefined || mount.path.length >= best.path.length)) best = mount;
  }
  return best?.options.filter((option) => LOCKED.has(option)) ?? [];
}

export function readMountInfo(): MountPoint[] {
  return parseMountInfo(readFileSync("/proc/self/mountinfo", "utf8"));
}

function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
