/** Images without a network: root file systems made of this machine's own programs, and archives of them as `docker save` writes them. */
import { createHash } from "node:crypto";
import { copyFileSync, createReadStream, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
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

/**
 * Writes `archive` as `docker save` does (the layout of Docker up to 24), with `/bin/sh` as its command: a layer of what `root` holds,
 * and the tar files `further` (bytes, or paths of files) on top of it.
 */
export async function saveImage(
  root: string,
  archive: string,
  further: readonly (Buffer | string)[] = [],
  architecture = process.arch === "arm64" ? "arm64" : "amd64",
): Promise<void> {
  const folder = mkdtempSync(`${archive}.`);
  const layers = ["0.tar", ...further.map((_, i) => `${i + 1}.tar`)];
  await check("tar", ["-C", root, "--owner=0", "--group=0", "--numeric-owner", "-cf", join(folder, "0.tar"), "."]);
  further.forEach((layer, i) => {
    if (typeof layer === "string") copyFileSync(layer, join(folder, `${i + 1}.tar`));
    else writeFileSync(join(folder, `${i + 1}.tar`), layer);
  });
  const digests = await Promise.all(layers.map((layer) => sha256(join(folder, layer))));
  const config = JSON.stringify({
    architecture,
    os: "linux",
    config: { Env: ["PATH=/usr/bin:/bin"], Cmd: ["/bin/sh"] },
    rootfs: { type: "layers", diff_ids: digests.map((digest) => `sha256:${digest}`) },
  });
  const name = `${createHash("sha256").update(config).digest("hex")}.json`;
  writeFileSync(join(folder, name), config);
  const manifest = [{ Config: name, RepoTags: [`${basename(archive, ".tar")}:latest`], Layers: layers }];
  writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest));
  await check("tar", ["-C", folder, "-cf", archive, ...layers, name, "manifest.json"]);
  rmSync(folder, { recursive: true });
}

/** What {@link saveSmallImage} may be given. */
export interface SmallImage {
  /** Programs beside the shell. */
  readonly programs: readonly string[];
  /** Default `small`: the archive is `NAME.tar`, the tag `NAME:latest`. */
  readonly name?: string;
  /** Layers (tar files) on top. */
  readonly further?: readonly Buffer[];
}

/** Archives an image of the machine's own shell and a few of its programs; answers the archive's path. */
export async function saveSmallImage(folder: string, image: SmallImage): Promise<string> {
  const root = mkdtempSync(join(folder, "root-"));
  const archive = join(folder, `${image.name ?? "small"}.tar`);
  makeRoot(root);
  await addPrograms(
    root,
    ["sh", ...image.programs].map((name) => `/bin/${name}`),
  );
  await saveImage(root, archive, image.further);
  rmSync(root, { recursive: true });
  return archive;
}

/** Hex SHA-256 of a file's content. */
export async function sha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
