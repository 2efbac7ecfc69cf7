/** What the sandbox shows of this machine: the system's folders, read-only, and a handful of devices. */
import { existsSync, lstatSync, readlinkSync, realpathSync } from "node:fs";

/** Top-level entries of a Linux system that programs need; `nix` for NixOS. */
const SYSTEM = ["usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "etc", "nix"];

/** Files below /etc that are often links to places which the sandbox does not show. */
const ETC_LINKS = ["resolv.conf", "hosts", "hostname", "nsswitch.conf", "localtime"];

/** Files of /etc that the function must not read even where it runs as root. */
const SECRET = ["/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/gshadow-"];

export const DEVICES = ["null", "zero", "full", "random", "urandom", "tty"] as const;

export interface HostLayout {
  /** Folders shown read-only at the same path. */
  readonly folders: readonly string[];
  /** Top-level links: path → target as written (`/bin` → `usr/bin`). */
  readonly links: Readonly<Record<string, string>>;
  /** Single files shown read-only at the same path, because a link in /etc leads to them. */
  readonly files: readonly string[];
  /** Files hidden behind /dev/null. */
  readonly masked: readonly string[];
}

/** Reads what this machine has of it. */
export function hostLayout(): HostLayout {
  const folders: string[] = [];
  const links: Record<string, string> = {};
  for (const name of SYSTEM) {
    const path = `/${name}`;
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat?.isSymbolicLink()) links[path] = readlinkSync(path);
    else if (stat?.isDirectory()) folders.push(path);
  }
  const files = ETC_LINKS.map((name) => `/etc/${name}`)
    .filter((path) => lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() && existsSync(path))
    .map((path) => realpathSync(path))
    .filter((path) => !folders.some((folder) => path.startsWith(`${folder}/`)));
  return { folders, links, files: [...new Set(files)], masked: SECRET.filter((path) => existsSync(path)) };
}
