/**
 * The shell script that builds the sandbox's root inside a new mount and PID namespace, enters it with pivot_root and starts the
 * program. pivot_root, not chroot: the kernel refuses new user namespaces to chrooted processes (user_namespaces(7)), and the
 * supervisor's R1 engine needs one inside.
 */
import { dirname } from "node:path";
import { DEVICES, type HostLayout } from "./layout.ts";
import { lockedOptions, type MountPoint } from "./mountinfo.ts";
import { type SandboxSpec, SETUP_FAILED, SETUP_FAILED_PREFIX } from "./sandbox.ts";
import { quote } from "./shell.ts";

export interface ScriptInput {
  readonly spec: SandboxSpec;
  readonly host: HostLayout;
  /** Mounts of this machine, for the options that must be repeated. */
  readonly mounts: readonly MountPoint[];
  /** Words before the program: how the function's user is entered. */
  readonly enter: readonly string[];
}

export function setupScript({ spec, host, mounts, enter }: ScriptInput): string {
  const folders = [
    ...host.folders,
    ...[
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
    ],
  ];
  const files = { ...Object.fromEntries(host.files.map((path) => [path, path])), ...spec.files };
  // A file below a folder that is shown read-only covers what is there: it needs no mount point of its own.
  const madeFiles = Object.keys(files).filter((path) => !host.folders.some((folder) => path.startsWith(`${folder}/`)));
  const parents = madeFiles.map((path) => dirname(path));

  const readOnly = (source: string, target: string, bind: "--bind" | "--rbind" = "--bind"): string => {
    const options = ["remount", "bind", "ro", ...lockedOptions(source, mounts)].join(",");
    return `mount ${bind} ${quote(source)} .${quote(target)} && mount -o ${options} .${quote(target)} || fail ${quote(target)}`;
  };

  return [
    `fail() { echo "${SETUP_FAILED_PREFIX}cannot set up $1" >&2; exit ${SETUP_FAILED}; }`,
    "umask 022",
    `mount -t tmpfs -o size=4m,mode=755 scar ${quote(spec.root)} && cd ${quote(spec.root)} || fail /`,
    `mkdir -p ${[...folders, ...new Set(parents)].map((path) => `.${quote(path)}`).join(" ")} || fail folders`,
    ...Object.entries(host.links).map(([path, target]) => `ln -s ${quote(target)} .${quote(path)} || fail ${path}`),
    ...host.folders.map((path) => readOnly(path, path, "--rbind")),
    ...madeFiles.map((path) => `: >.${quote(path)} || fail ${quote(path)}`),
    ...Object.entries(files).map(([target, source]) => readOnly(source, target)),
    ...host.masked.map((path) => `mount --bind /dev/null .${path} || fail ${path}`),
    ...DEVICES.map((name) => `: >dev/${name} && mount --bind /dev/${name} dev/${name} || fail /dev/${name}`),
    "mount -t tmpfs -o mode=1777,nosuid,nodev shm dev/shm || fail /dev/shm",
    "mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts || fail /dev/pts",
    "ln -s pts/ptmx dev/ptmx && ln -s /proc/self/fd dev/fd && ln -s /proc/self/fd/0 dev/stdin || fail /dev",
    "ln -s /proc/self/fd/1 dev/stdout && ln -s /proc/self/fd/2 dev/stderr || fail /dev",
    // A fresh procfs with nothing over it: the engine's own `unshare --mount-proc` is refused otherwise.
    "mount -t proc proc proc || fail /proc",
    readOnly(spec.task, "/var/task"),
    ...(spec.opt === undefined ? [] : [readOnly(spec.opt, "/opt")]),
    `mount --bind ${quote(spec.tmp)} tmp || fail /tmp`,
    // The old root is stacked over the new one and taken away: no mount point for it is left behind.
    "pivot_root . . && umount -l . && cd / && mount -o remount,bind,ro / || fail root",
    "ulimit -c 0",
    // A shell stays as PID 1 and reaps what the function's daemons leave.
    `exec sh -c '"$@"; exit $?' init ${[...enter, ...spec.argv].map(quote).join(" ")}`,
  ].join("\n");
}
