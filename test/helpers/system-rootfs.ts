/** Images without a network: root file systems made of this machine's own programs, and archives of them as `docker save` writes them. */
import { createHash } from "node:crypto";
import { copyFileSync, createReadStream, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { check } from "./system-process.ts";

/** Makes an empty root file system in the merged layout of today's distributions. */
export function makeRoot(root: string): void {
  for (const folder of ["usr/bin", "usr/lib", "usr/lib64", "etc", "tmp"])
    mkdirSync(join(root, folder), { recursive: true });
  for (const name of ["bin", "lib", "lib64"]) symlinkSync(`usr/${name}`, join(root, name));
}

/** Copies programs (or loadable modules) and the libraries they need to the same places below `root`. */
export async function addPrograms(root: string, files: readonly string[]): Promise<void> {
  const listing = await check("/usr/bin/ldd", files);
  const libraries = [...listing.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map((match) => match[1]!);
  for (const file of new Set([...files, ...libraries])) {
    const copy = join(root, file);
    mkdirSync(dirname(copy), { recursive: true });
    copyFileSync(file, copy);
  }
}

/** Writes `archive` as `docker save` does (the layout of Docker up to 24): one layer, `/bin/sh` as its command. */
export async function saveImage(root: string, tag: string, archive: string): Promise<void> {
  const folder = mkdtempSync(`${archive}.`);
  const layer = join(folder, "layer.tar");
  await check("tar", ["-C", root, "--owner=0", "--group=0", "--numeric-owner", "-cf", layer, "."]);
  const config = JSON.stringify({
    architecture: process.arch === "arm64" ? "arm64" : "amd64",
    os: "linux",
    config: { Env: ["PATH=/usr/bin:/bin"], Cmd: ["/bin/sh"] },
    rootfs: { type: "layers", diff_ids: [`sha256:${await sha256(layer)}`] },
  });
  const configName = `${createHash("sha256").update(config).digest("hex")}.json`;
  writeFileSync(join(folder, configName), config);
  writeFileSync(
    join(folder, "manifest.json"),
    JSON.stringify([{ Config: configName, RepoTags: [tag], Layers: ["layer.tar"] }]),
  );
  await check("tar", ["-C", folder, "-cf", archive, "layer.tar", configName, "manifest.json"]);
  rmSync(folder, { recursive: true });
}

/** Image of the machine's own shell and a few programs of its coreutils, archived as `docker save` does. */
export async function saveSmallImage(folder: string, programs: readonly string[] = ["cat", "cp"]): Promise<string> {
  const root = join(folder, "small-root");
  const archive = join(folder, "small.tar");
  makeRoot(root);
  await addPrograms(
    root,
    ["sh", ...programs].map((name) => `/bin/${name}`),
  );
  await saveImage(root, "small:latest", archive);
  rmSync(root, { recursive: true });
  return archive;
}

/** Hex SHA-256 of a file's content. */
export async function sha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
