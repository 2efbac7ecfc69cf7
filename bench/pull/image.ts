/** Debian's ImageMagick as an image of five layers, gzip-compressed, in a registry. */
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { program } from "../../test/helpers/system-needs.ts";
import { check } from "../../test/helpers/system-process.ts";
import { saveImage } from "../../test/helpers/system-rootfs.ts";

// Benchmarks are started in the repository's folder.
const CACHE = resolve(process.env["SCAR_TEST_IMAGES"] ?? ".scratch/images");
/** What goes into layers of its own; all the rest is the lowest. */
const UPPER = ["usr/lib", "usr/share", "usr/bin", "var"];
const NEEDLESS = ["var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/man", "usr/share/locale"];

/** Path of the archive, as `docker save` writes it; made once. As root. */
async function imageMagickArchive(): Promise<string> {
  const archive = join(CACHE, "imagemagick-5.tar");
  if (existsSync(archive)) return archive;
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, ".imagemagick-"));
  try {
    const root = join(folder, "root");
    await check(program("debootstrap"), ["--variant=minbase", "--include=imagemagick", "bookworm", root], {
      timeout: 540,
    });
    for (const path of NEEDLESS) rmSync(join(root, path), { recursive: true, force: true });
    const layers: string[] = [];
    for (const [i, path] of UPPER.entries()) {
      const layer = join(folder, `upper-${i}.tar`);
      await check("tar", ["-C", root, "--numeric-owner", "-cf", layer, path]);
      rmSync(join(root, path), { recursive: true });
      layers.push(layer);
    }
    const made = join(folder, "imagemagick-5.tar");
    await saveImage(root, made, layers);
    renameSync(made, archive);
    return archive;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Pushes the image and answers its reference. */
export async function pushImageMagick(host: string): Promise<string> {
  const reference = `${host}/bench/imagemagick:6`;
  const archive = await imageMagickArchive();
  await check(program("skopeo"), [
    "copy",
    "--quiet",
    "--dest-tls-verify=false",
    `docker-archive:${archive}`,
    `docker://${reference}`,
  ]);
  return reference;
}
