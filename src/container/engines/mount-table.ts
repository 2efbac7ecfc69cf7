import { readFileSync } from "node:fs";

/** One mount of a container. */
export interface Mount {
  /** Absolute path outside, `overlay`, `proc`, `tmpfs` or `devpts`. */
  readonly source: string;
  /** Absolute path outside of the mount point. */
  readonly target: string;
  /** `none` for binds. */
  readonly type: string;
  readonly options: string;
}

/** The mounts as fstab(5) text: one mount(8) then makes them all, in this order. */
export function mountTable(mounts: readonly Mount[]): string {
  return mounts.map((m) => `${escaped(m.source)} ${escaped(m.target)} ${m.type} ${m.options} 0 0\n`).join("");
}

export function bind(source: string, target: string): Mount {
  // Recursive: in a user namespace a mount that covers others can only be bound together with them.
  return { source, target, type: "none", options: "rbind" };
}

/**
 * Read-only. The source's own restrictions must be repeated: without them the kernel refuses to change a mount that belongs to an
 * outer user namespace.
 */
export function bindReadOnly(source: string, target: string, restrictions: RestrictionsOf): Mount {
  return { source, target, type: "none", options: ["rbind", "ro", ...restrictions(source)].join(",") };
}

/** Mount options `nosuid`, `nodev`, `noexec` of the mount that holds a path. */
export type RestrictionsOf = (path: string) => readonly string[];

const RESTRICTIONS = ["nosuid", "nodev", "noexec"];

/** Reads the table of mounts (proc(5), `mountinfo`) as it is now. */
export function currentRestrictions(): RestrictionsOf {
  const mounts = readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .map((line) => line.split(" "))
    .filter((fields) => fields.length > 5)
    .map((fields) => ({ place: unescaped(fields[4]!), options: fields[5]!.split(",") }));
  return (path) => {
    let best: (typeof mounts)[number] | undefined;
    for (const mount of mounts) {
      const holds = path === mount.place || path.startsWith(mount.place === "/" ? "/" : `${mount.place}/`);
      // Of two mounts at one place the later covers the earlier.
      if (holds && mount.place.length >= (best?.place.length ?? 0)) best = mount;
    }
    return RESTRICTIONS.filter((option) => best?.options.includes(option));
  };
}

function escaped(field: string): string {
  return field.replace(/[\s\\]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, "0")}`);
}

function unescaped(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
