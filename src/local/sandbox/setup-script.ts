/**
 * The shell script that builds the sandbox's root inside a new mount and PID namespace, enters it with pivot_root and starts the
 * program. pivot_root, not chroot: the kernel refuses new user namespaces to chrooted processes (user_namespaces(7)), and the
 * supervisor's R1 engine needs one inside.
 */
import { dirname } from "node:path";
import { type Mount, mountTable } from "../../container/engines/mount-table.ts";
import { DEVICES, type HostLayout } from "./layout.ts";
import { lockedOptions, type MountPoint } from "./mountinfo.ts";
import { type LAMBDA_UID, type SandboxSpec, SETUP_FAILED, SETUP_FAILED_PREFIX } from "./sandbox.ts";
import { quote } from "./shell.ts";

export interface ScriptInput {
  readonly spec: SandboxSpec;
  readonly host: HostLayout;
  /** Mounts of this machine, for the options that must be repeated. */
  readonly mounts: readonly MountPoint[];
  /** Words before the program: how the function's user is entered. */
  readonly enter: readonly string[];
  /** Owner of a /tmp in memory, as the namespace sees it when the mounts are made. */
  readonly tmpOwner: 0 | typeof LAMBDA_UID;
}

/** Mount points without a source of their own. */
const FOLDERS = [
  "/proc",
  "/dev/shm",
  "/dev/pts",
  "/tmp",
  "/run",
  "/opt",
  "/var/task",
  "/var/runtime",
  "/var/lang/bin",
  "/var/tmp",
];

export function setupScript({ spec, host, mounts, enter, tmpOwner }: ScriptInput): string {
  const files = { ...Object.fromEntries(host.files.map((path) => [path, path])), ...spec.files };
  // A file below a folder that is shown read-only covers what is there: it needs no mount point of its own.
  const madeFiles = Object.keys(files).filter((path) => !host.folders.some((folder) => path.startsWith(`${folder}/`)));
  const folders = [...host.folders, ...FOLDERS, ...new Set(madeFiles.map((path) => dirname(path)))];
  const devices = DEVICES.map((name) => `/dev/${name}`);

  const inside = (path: string): string => `${spec.root}${path}`;
  const bind = (source: string, target: string, how: "bind" | "rbind" = "bind"): Mount => {
    return { source, target: inside(target), type: "none", options: how };
  };
  const readOnly = (source: string, target: string, how: "bind" | "rbind" = "bind"): Mount => {
    return { ...bind(source, target), options: [how, "ro", ...lockedOptions(source, mounts)].join(",") };
  };
  const table: Mount[] = [
    ...host.folders.map((path) => readOnly(path, path, "rbind")),
    ...Object.entries(files).map(([target, source]) => readOnly(source, target)),
    ...host.masked.map((path) => bind("/dev/null", path)),
    ...devices.map((path) => bind(path, path)),
    { source: "shm", target: inside("/dev/shm"), type: "tmpfs", options: "mode=1777,nosuid,nodev" },
    { source: "devpts", target: inside("/dev/pts"), type: "devpts", options: "newinstance,ptmxmode=0666,mode=620" },
    // A fresh procfs with nothing over it: the engine's own `unshare --mount-proc` is refused otherwise.
    { source: "proc", target: inside("/proc"), type: "proc", options: "defaults" },
    readOnly(spec.task, "/var/task"),
    ...(spec.opt === undefined ? [] : [readOnly(spec.opt, "/opt")]),
    "folder" in spec.tmp
      ? bind(spec.tmp.folder, "/tmp")
      : {
          source: "tmp",
          target: inside("/tmp"),
          type: "tmpfs",
          options: `size=${spec.tmp.megabytes}m,mode=700,uid=${tmpOwner},gid=${tmpOwner},nosuid,nodev`,
        },
  ];

  return [
    `fail() { echo "${SETUP_FAILED_PREFIX}cannot set up $1" >&2; exit ${SETUP_FAILED}; }`,
    "umask 022",
    `mount -t tmpfs -o size=4m,mode=755 scar ${quote(spec.root)} && cd ${quote(spec.root)} || fail /`,
    `mkdir -p ${folders.map((path) => `.${quote(path)}`).join(" ")} || fail folders`,
    ...Object.entries(host.links).map(([path, target]) => `ln -s ${quote(target)} .${quote(path)} || fail ${path}`),
    ...[...madeFiles, ...devices].map((path) => `: >.${quote(path)} || fail ${quote(path)}`),
    // One mount(8) makes them all: a process for each would double the time of a cold start.
    `echo ${quote(mountTable(table))} >mounts`,
    `problem=$(mount -a -T mounts 2>&1) || fail "\${problem#mount: ${spec.root}}"`,
    "rm mounts",
    "ln -s pts/ptmx dev/ptmx && ln -s /proc/self/fd dev/fd && ln -s /proc/self/fd/0 dev/stdin || fail /dev",
    "ln -s /proc/self/fd/1 dev/stdout && ln -s /proc/self/fd/2 dev/stderr || fail /dev",
    // The old root is stacked over the new one and taken away: no mount point for it is left behind.
    "pivot_root . . && umount -l . && cd / && mount -o remount,bind,ro / || fail root",
    "ulimit -c 0",
    // A shell stays as PID 1 and reaps what the function's daemons leave.
    `exec sh -c '"$@"; exit $?' init ${[...enter, ...spec.argv].map(quote).join(" ")}`,
  ].join("\n");
}
