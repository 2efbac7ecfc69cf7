/** Root file systems of Debian releases, made by debootstrap once and kept in .scratch. */
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { program, ROOT } from "./system-needs.ts";
import { check } from "./system-process.ts";

export type DebianSuite = "bullseye" | "bookworm" | "trixie";

const CACHE = process.env["SCAR_TEST_DEBIAN"] ?? `${ROOT}.scratch/debian`;

/** Path of a tar of the release's smallest system (no packages are kept); made when missing, which takes a minute. As root. */
export async function debianTar(suite: DebianSuite): Promise<string> {
  const tar = join(CACHE, `${suite}.tar`);
  if (existsSync(tar)) return tar;
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, `.${suite}-`));
  try {
    const root = join(folder, "root");
    await check(program("debootstrap"), ["--variant=minbase", suite, root], { timeout: 540 });
    rmSync(join(root, "var/cache/apt/archives"), { recursive: true });
    const made = join(folder, "root.tar");
    await check("tar", ["-C", root, "--numeric-owner", "--xattrs", "-cf", made, "."]);
    renameSync(made, tar);
    return tar;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
