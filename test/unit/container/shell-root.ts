/** A root file system made of this machine's shell and a few of its programs, with the libraries that they need. */
import { execFileSync } from "node:child_process";
import { chownSync, copyFileSync, existsSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";

const PROGRAMS = ["sh", "cat", "env", "id", "ls", "mkdir", "rm", "setsid", "sleep", "stat", "touch"];

export function makeShellRoot(root: string, owner?: number): string {
  mkdirSync(join(root, "usr/bin"), { recursive: true });
  symlinkSync("usr/bin", join(root, "bin"));
  for (const program of PROGRAMS) {
    const file = ["/usr/bin", "/bin"].map((folder) => join(folder, program)).find(existsSync)!;
    copyFileSync(file, join(root, "usr/bin", program));
    for (const [library] of execFileSync("ldd", [file], { encoding: "utf8" }).matchAll(/\/\S+/g)) {
      const copy = join(root, library);
      if (existsSync(copy)) continue;
      mkdirSync(dirname(copy), { recursive: true });
      copyFileSync(library, copy);
    }
  }
  if (owner !== undefined) give(root, owner);
  return root;
}

function give(folder: string, owner: number): void {
  chownSync(folder, owner, owner);
  for (const child of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, child.name);
    if (child.isDirectory()) give(path, owner);
    else if (child.isFile()) chownSync(path, owner, owner);
  }
}
