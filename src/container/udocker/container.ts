/** A container of a user's udocker: made once for an image, with the command lines of the first SCAR's supervisor. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ScarError } from "../../errors.ts";
import type { ImageConfig } from "../../registry/image.ts";
import { configOf } from "./config.ts";
import type { Udocker } from "./program.ts";

/** The name that the original gives its one container. */
export const CONTAINER_NAME = "udocker_container";

/** Where the image comes from: a reference that is pulled unless udocker has it, or an archive of `docker save`. */
export type UdockerImage =
  | { readonly kind: "reference"; readonly reference: string }
  | { readonly kind: "archive"; readonly path: string };

export interface UdockerContainer {
  readonly name: string;
  /** Absolute path of its root file system. */
  readonly rootfs: string;
  readonly config: ImageConfig;
}

/**
 * Makes the container unless there is one of that image: `load` or `pull`, `create`, `setup --execmode`. Throws ScarError
 * `UdockerFailed` and `InvalidImage`.
 */
export async function makeUdockerContainer(
  udocker: Udocker,
  image: UdockerImage,
  execmode: string,
): Promise<UdockerContainer> {
  const reference = await ensureImage(udocker, image);
  const existing = await containerOf(udocker);
  if (existing !== undefined && existing !== reference) await udocker.check(["rm", "-f", CONTAINER_NAME]);
  if (existing !== reference) await udocker.check(["create", `--name=${CONTAINER_NAME}`, reference]);
  await udocker.check(["setup", `--execmode=${execmode}`, CONTAINER_NAME]);
  const rootfs = (await udocker.check(["inspect", "-p", CONTAINER_NAME])).trim().split("\n").at(-1)!;
  return { name: CONTAINER_NAME, rootfs, config: readConfig(join(dirname(rootfs), "container.json")) };
}

/** The name under which udocker has the image. */
async function ensureImage(udocker: Udocker, image: UdockerImage): Promise<string> {
  if (image.kind === "archive") {
    // It ends with the name that it found in the archive, or made.
    const names = (await udocker.check(["load", "-i", image.path])).match(/^[^\s:]+:\S+$/gm);
    const name = names?.at(-1);
    if (name !== undefined) return name;
    throw new ScarError("UdockerFailed", `udocker load -i ${image.path} named no image`);
  }
  const reference = withTag(image.reference);
  const images = await udocker.check(["images"]);
  const known = images.split("\n").map((line) => line.split(/\s/, 1)[0]);
  if (!known.includes(reference)) await udocker.check(["pull", reference]);
  return reference;
}

/** udocker's lists always name the tag. */
function withTag(reference: string): string {
  return /(:[^/:]+|@[^/]+)$/.test(reference) ? reference : `${reference}:latest`;
}

/** The image of our container; undefined when there is no such container. A half-made one has no name yet. */
async function containerOf(udocker: Udocker): Promise<string | undefined> {
  const list = await udocker.check(["ps"]);
  const line = list.split("\n").find((candidate) => candidate.includes(`['${CONTAINER_NAME}']`));
  return line?.trim().split(/\s+/).at(-1);
}

function readConfig(file: string): ImageConfig {
  try {
    return configOf(JSON.parse(readFileSync(file, "utf8")));
  } catch (cause) {
    throw new ScarError("InvalidImage", `udocker's description of the container, ${file}, cannot be read`, { cause });
  }
}
