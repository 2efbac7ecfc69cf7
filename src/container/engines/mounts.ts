import { existsSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { ScarError } from "../../errors.ts";
import type { ContainerCommand, Volume } from "../engine.ts";
import { DEVICES, type MountPoints, SHARED_FILES } from "./mount-points.ts";
import { bind, bindReadOnly, currentRestrictions, type Mount } from "./mount-table.ts";

/** What the kernel lets us mount where we run: found by trying, fullest first. */
export interface Surroundings {
  /** A procfs of the container's own, or the machine's. */
  readonly proc: "own" | "shared";
  readonly sys: boolean;
  readonly pts: boolean;
}

/** From what a plain kernel allows to what is left inside other containers. */
export const SURROUNDINGS: readonly Surroundings[] = [
  { proc: "own", sys: true, pts: true },
  { proc: "own", sys: false, pts: false },
  { proc: "shared", sys: false, pts: false },
];

/** All mounts of a run but its root: process and device files, the machine's network names, the volumes. Makes their places. */
export function containerMounts(command: ContainerCommand, points: MountPoints, around: Surroundings): Mount[] {
  const restrictions = currentRestrictions();
  points.makeStandard();
  const proc = points.folder("proc");
  const mounts: Mount[] = [
    around.proc === "own"
      ? { source: "proc", target: proc, type: "proc", options: "nosuid,nodev,noexec" }
      : bind("/proc", proc),
    ...(around.sys ? [bind("/sys", points.folder("sys"))] : []),
    ...DEVICES.filter((device) => existsSync(`/dev/${device}`)).map((device) =>
      bind(`/dev/${device}`, points.file(`dev/${device}`)),
    ),
    { source: "tmpfs", target: points.folder("dev/shm"), type: "tmpfs", options: "nosuid,nodev,mode=1777" },
    ...(around.pts
      ? [
          {
            source: "devpts",
            target: points.folder("dev/pts"),
            type: "devpts",
            options: "newinstance,ptmxmode=0666,mode=620,nosuid,noexec",
          },
        ]
      : []),
    ...SHARED_FILES.filter((file) => existsSync(file)).map((file) =>
      bindReadOnly(realpathSync(file), points.file(file), restrictions),
    ),
  ];
  // A volume inside another comes after it.
  for (const volume of [...command.volumes].sort((a, b) => a.target.length - b.target.length)) {
    const { source, target } = placed(volume, points);
    mounts.push(volume.readOnly ? bindReadOnly(source, target, restrictions) : bind(source, target));
  }
  return mounts;
}

function placed(volume: Volume, points: MountPoints): { source: string; target: string } {
  if (!volume.target.startsWith("/"))
    throw new ScarError("InvalidVolume", `volume target ${volume.target} is not absolute`);
  const stat = statSync(volume.source, { throwIfNoEntry: false });
  if (stat === undefined) throw new ScarError("InvalidVolume", `volume source ${volume.source} does not exist`);
  const source = realpathSync(volume.source);
  const target = stat.isDirectory() ? points.folder(volume.target) : points.file(volume.target);
  points.cover(target, source);
  return { source, target };
}

/** Mounts the root over itself so that writes go to `folder`'s `upper`. */
export function overlayMount(rootfs: string, folder: string, options: string): Mount {
  const layers = `lowerdir=${rootfs},upperdir=${join(folder, "upper")},workdir=${join(folder, "work")}`;
  return { source: "overlay", target: rootfs, type: "overlay", options: `${layers}${options}` };
}
