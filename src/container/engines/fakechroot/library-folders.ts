/**
 * Where programs of an image find their shared libraries. The loader itself is not translated by fakechroot: without a list it
 * would look into the machine's own cache and folders.
 */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { RootFacts } from "../../inspect.ts";
import { RootPaths } from "../../root-paths.ts";

/** The loaders' own folders, when no configuration names them. */
const STANDARD: Readonly<Record<RootFacts["libc"], readonly string[]>> = {
  glibc: [
    ...["/usr/local/lib", "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu"],
    ...["/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/lib64", "/usr/lib64", "/lib", "/usr/lib"],
  ],
  musl: ["/lib", "/usr/local/lib", "/usr/lib"],
  none: [],
};

/** Below these, programs keep libraries of their own (R, MPI), which they name by absolute paths that only a real root has. */
const PRIVATE_ROOTS = ["/usr/lib", "/usr/lib64", "/usr/local/lib"];
const PRIVATE_DEPTH = 3;

/** A list that is too long makes each start slow. */
const MOST_PRIVATE = 40;

/** Files that ld.so.conf may include, one after the other, as often as a real one does. */
const INCLUDE_DEPTH = 4;

/** Absolute paths outside, in the loader's order, each once. */
export function libraryFolders(rootfs: string, { libc, loader }: RootFacts): string[] {
  const paths = new RootPaths(rootfs);
  const configured = libc === "musl" ? muslPath(paths, loader) : libc === "glibc" ? configuration(paths) : [];
  const found = new Set<string>();
  const names = configured.length > 0 && libc === "musl" ? configured : [...configured, ...STANDARD[libc]];
  for (const name of names) {
    const path = paths.find(name);
    if (path !== undefined && statSync(path).isDirectory()) found.add(path);
  }
  const own = PRIVATE_ROOTS.flatMap((name) => privateFolders(paths.find(name), PRIVATE_DEPTH));
  for (const folder of own.filter((path) => !found.has(path)).slice(0, MOST_PRIVATE)) found.add(folder);
  return [...found];
}

/** Folders of /etc/ld.so.conf and what it includes (ldconfig(8)). */
function configuration(paths: RootPaths, file = "/etc/ld.so.conf", depth = 0): string[] {
  const real = paths.find(file);
  if (real === undefined || depth > INCLUDE_DEPTH || !statSync(real).isFile()) return [];
  const lines = readFileSync(real, "latin1").split("\n");
  return lines.flatMap((line) => {
    const [word = "", ...rest] = line.replace(/#.*/, "").trim().split(/\s+/);
    if (word === "include") return rest.flatMap((pattern) => includes(paths, pattern, dirname(file), depth));
    return word.startsWith("/") ? [word] : [];
  });
}

function includes(paths: RootPaths, pattern: string, folder: string, depth: number): string[] {
  const full = pattern.startsWith("/") ? pattern : join(folder, pattern);
  const place = paths.find(dirname(full));
  if (place === undefined || !statSync(place).isDirectory()) return [];
  const expression = basename(full)
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  const matches = readdirSync(place).filter((name) => new RegExp(`^${expression}$`).test(name));
  return matches.sort().flatMap((name) => configuration(paths, join(dirname(full), name), depth + 1));
}

/** `/etc/ld-musl-ARCH.path` takes the place of musl's own folders. */
function muslPath(paths: RootPaths, loader: string | undefined): string[] {
  const file = paths.find(`/etc/${basename(loader ?? "", ".so.1")}.path`);
  if (file === undefined || !statSync(file).isFile()) return [];
  return readFileSync(file, "latin1")
    .split(/[:\n]/)
    .map((name) => name.trim())
    .filter((name) => name.startsWith("/"));
}

/** Folders below `folder` that hold libraries by the linker's names, `libNAME.so…`. */
function privateFolders(folder: string | undefined, depth: number): string[] {
  if (folder === undefined || depth === 0 || !existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    const holds = readdirSync(path).some((name) => /^lib[^/]+\.so(\.\d+)*$/.test(name));
    return [...(holds ? [path] : []), ...privateFolders(path, depth - 1)];
  });
}
