/** What kind of system an unpacked image holds: its C library, its distribution, the processor it is for. */
import { readFileSync, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { type Machine, readElfHeader } from "./elf/header.ts";
import { RootPaths } from "./root-paths.ts";

export interface RootFacts {
  /** Undefined when the image has no program at a usual place. */
  readonly machine?: Machine;
  /** `none`: its programs are static, or it has none. */
  readonly libc: "glibc" | "musl" | "none";
  /** `2.36`, `1.2.3`; undefined when it cannot be read. */
  readonly version?: string;
  /** The C library's loader, as seen inside. */
  readonly loader?: string;
  readonly distribution?: Distribution;
}

export interface Distribution {
  /** `debian`, `ubuntu`, `alpine`, `centos` …: ID of os-release(5). */
  readonly id: string;
  /** `12`, `22.04`, `3.18.4`; empty when the image does not say. */
  readonly versionId: string;
}

/** Programs that nearly every image has one of. */
const PROGRAMS = ["/bin/sh", "/bin/bash", "/usr/bin/env", "/bin/ls", "/bin/busybox", "/usr/bin/python3"];

/** Loaders by their usual places, for images without such a program. */
const LOADERS = [
  "/lib64/ld-linux-x86-64.so.2",
  "/lib/ld-linux-aarch64.so.1",
  "/lib/ld-musl-x86_64.so.1",
  "/lib/ld-musl-aarch64.so.1",
];

/** Where distributions keep glibc's own file when it does not stand beside the loader. */
const LIBC_FOLDERS = ["/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", "/lib64", "/usr/lib64", "/lib", "/usr/lib"];

/** @param rootfs absolute path of the unpacked image */
export function inspectRoot(rootfs: string): RootFacts {
  const paths = new RootPaths(rootfs);
  const distribution = distributionOf(paths);
  const found = programOf(paths);
  const facts = { ...(found && { machine: found.machine }), ...(distribution && { distribution }) };
  const loader = [found?.interpreter, ...LOADERS].find((path) => path !== undefined && paths.find(path) !== undefined);
  if (loader === undefined) return { ...facts, libc: "none" };
  const file = paths.find(loader)!;
  const machine = found?.machine ?? readElfHeader(file)?.machine;
  const libc = basename(loader).startsWith("ld-musl") ? "musl" : "glibc";
  const version = libc === "musl" ? muslVersion(textOf(file) ?? "") : glibcVersion(paths, file);
  return { ...facts, ...(machine && { machine }), libc, loader, ...(version && { version }) };
}

/** Its distribution, C library and processor in words: `debian 12, glibc 2.36, amd64`. */
export function describeRoot({ distribution, libc, version, machine }: RootFacts): string {
  const words = [
    distribution && `${distribution.id} ${distribution.versionId}`.trim(),
    libc === "none" ? "no C library" : `${libc} ${version ?? "of unknown version"}`,
    machine,
  ];
  return words.filter((word) => word !== undefined).join(", ");
}

/** The first of the usual programs that is one: static ones only tell the processor. */
function programOf(paths: RootPaths) {
  let first: ReturnType<typeof readElfHeader>;
  for (const program of PROGRAMS) {
    const file = paths.find(program);
    const header = file === undefined ? undefined : readElfHeader(file);
    if (header?.interpreter !== undefined) return header;
    first ??= header;
  }
  return first;
}

function glibcVersion(paths: RootPaths, loader: string): string | undefined {
  const beside = `${dirname(loader)}/libc.so.6`;
  const candidates = [...LIBC_FOLDERS.map((folder) => paths.find(`${folder}/libc.so.6`)), beside];
  for (const file of candidates) {
    const text = file === undefined ? undefined : textOf(file);
    const version = text === undefined ? undefined : /release version (\d+\.\d+)/.exec(text)?.[1];
    if (version !== undefined) return version;
  }
  return undefined;
}

/** musl's loader is the C library; its version stands in it as text. */
function muslVersion(loader: string): string | undefined {
  return /\0(1\.\d+\.\d+)\0/.exec(loader)?.[1];
}

function distributionOf(paths: RootPaths): Distribution | undefined {
  const text = (name: string): string | undefined => {
    const file = paths.find(name);
    return file === undefined ? undefined : textOf(file);
  };
  const modern = text("/etc/os-release") ?? text("/usr/lib/os-release");
  const parsed = modern === undefined ? undefined : parseOsRelease(modern);
  if (parsed !== undefined) return parsed;
  // Before os-release: `CentOS release 6.10 (Final)`.
  const old = /^(\w+).* release ([\d.]+)/.exec(text("/etc/redhat-release") ?? "");
  return old === null ? undefined : { id: old[1]!.toLowerCase(), versionId: old[2]! };
}

/** Reads os-release(5); undefined when it names no distribution. */
export function parseOsRelease(text: string): Distribution | undefined {
  const value = (name: string): string | undefined => {
    const line = text.split("\n").find((candidate) => candidate.startsWith(`${name}=`));
    return line
      ?.slice(name.length + 1)
      .trim()
      .replace(/^(["'])(.*)\1$/s, "$2");
  };
  const id = value("ID");
  return id ? { id: id.toLowerCase(), versionId: value("VERSION_ID") ?? "" } : undefined;
}

/** Neither a C library nor a list of names is larger; an image may hold anything under their names. */
const LARGEST_TEXT = 64 * 1024 * 1024;

function textOf(file: string): string | undefined {
  try {
    return statSync(file).size > LARGEST_TEXT ? undefined : readFileSync(file, "latin1");
  } catch {
    return undefined;
  }
}
