/** An image for a test's registry that runs: this machine's shell and a few of its programs. */
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { makeMachineImage } from "../../demo/machine-image.ts";
import { openImageArchive } from "../../src/container/packed.ts";
import { type ImageParts, makeImage, type RegistryImage } from "./registry-images.ts";
import { temporaryFolder } from "./run.ts";

let layers: Promise<Buffer[]> | undefined;

/** Prints `moo` where nothing else is asked for; its variable COW is `yes`. */
export async function cowsayImage(repository: string, parts: ImageParts = {}): Promise<RegistryImage> {
  layers ??= machineLayers();
  const config = { Env: ["PATH=/bin:/usr/bin", "COW=yes"], Cmd: ["echo", "moo"], WorkingDir: "/" };
  return makeImage({ repository, layers: await layers, config, ...parts });
}

async function machineLayers(): Promise<Buffer[]> {
  const file = join(temporaryFolder(), "image.tar");
  await makeMachineImage({ file });
  const archive = await openImageArchive(file);
  try {
    return await Promise.all(archive.layers.map(async (layer) => buffer(await layer.open())));
  } finally {
    await archive.close();
  }
}
