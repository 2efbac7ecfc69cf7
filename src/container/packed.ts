/**
 * Images inside a function's package, in the layout of udocker's repository (version 2 of its tags), so that a real udocker can use
 * them: `repos/NAME/TAG/` holds TAG, v2, manifest, and the configuration and gzip-compressed layers under their digests. udocker
 * itself keeps those in `layers/` and links to them; it reads either, and zip files carry no links: so they stand in the tag's folder.
 */
import { createHash, randomBytes } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { ScarError } from "../errors.ts";
import { isDigest, parseConfig, parseJson, sha256 } from "../registry/config.ts";
import type { Image, LayerSource } from "../registry/image.ts";
import { decompressed } from "./compression.ts";

export { openImageArchive } from "./archive/open.ts";

/** Folders of a repository, as `UDOCKER_REPOS` and `UDOCKER_LAYERS` name them. */
export interface PackedPlaces {
  readonly repos: string;
  readonly layers: string;
}

interface Descriptor {
  readonly mediaType: string;
  readonly size: number;
  readonly digest: string;
}

/** Docker's image manifest, version 2, schema 2. */
interface Manifest {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

const DOCKER = "application/vnd.docker";

/** Bytes of the layers of a packed image. */
export interface PackedSize {
  readonly compressed: number;
  readonly unpacked: number;
}

/**
 * Writes the image into `folder` (made when missing) under `reference`, `NAME[:TAG]`. The same image gives the same bytes, with the
 * same version of Node. Throws ScarError `InvalidImageReference`, and what reading the image throws.
 */
export async function packImage(image: Image, reference: string, folder: string): Promise<PackedSize> {
  const { name, tag } = parseReference(reference);
  const tagFolder = join(folder, "repos", name, tag);
  await mkdir(join(folder, "layers"), { recursive: true });
  await mkdir(tagFolder, { recursive: true });
  const stored: Descriptor[] = [];
  let unpacked = 0;
  for (const layer of image.layers) {
    stored.push(
      await packLayer(layer, tagFolder, (bytes) => {
        unpacked += bytes;
      }),
    );
  }
  const config = Buffer.from(image.configJson);
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: `${DOCKER}.distribution.manifest.v2+json`,
    config: { mediaType: `${DOCKER}.container.image.v1+json`, size: config.length, digest: sha256(config) },
    layers: stored,
  };
  await writeFile(join(tagFolder, manifest.config.digest), config);
  await writeFile(join(tagFolder, "TAG"), `${name}:${tag}`);
  await writeFile(join(tagFolder, "v2"), "");
  await writeFile(join(tagFolder, "manifest"), JSON.stringify(manifest));
  return { compressed: stored.reduce((sum, layer) => sum + layer.size, 0), unpacked };
}

/**
 * Opens the image that {@link packImage} (or udocker, `pull`) stored under `reference`.
 * Throws ScarError `PackedImageNotFound`, `InvalidImage`, `DigestMismatch`, `InvalidImageReference`.
 */
export async function openPackedImage(places: PackedPlaces, reference: string): Promise<Image> {
  const { name, tag } = parseReference(reference);
  const where = `image ${name}:${tag} in ${places.repos}`;
  const file = join(places.repos, name, tag, "manifest");
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new ScarError("PackedImageNotFound", `there is no image ${name}:${tag} in ${places.repos}`, { cause });
  });
  const manifest = parseJson<Partial<Manifest>>(text, "the manifest", where);
  const digests = [manifest.config, ...(manifest.layers ?? [])].map((descriptor) => descriptor?.digest);
  if (!digests.every(isDigest))
    throw new ScarError("InvalidImage", `${where}: the manifest is not of Docker's schema 2`);
  const folders = [join(places.repos, name, tag), places.layers];
  const [config, ...layers] = await Promise.all(digests.map((digest) => blobFile(folders, digest, where)));
  const parsed = parseConfig(await readFile(config!.path), where);
  if (parsed.id !== digests[0]) throw new ScarError("DigestMismatch", `${where}: the configuration is damaged`);
  if (layers.length !== parsed.diffIds.length) {
    throw new ScarError("InvalidImage", `${where}: ${layers.length} layers, but ${parsed.diffIds.length} diff_ids`);
  }
  return {
    id: parsed.id,
    tag: `${name}:${tag}`,
    config: parsed.config,
    configJson: parsed.json,
    layers: layers.map(({ path, size }, i) => ({
      digest: parsed.diffIds[i]!,
      size,
      open: async () => createReadStream(path, { highWaterMark: 1024 * 1024 }),
    })),
    close: async () => {},
  };
}

/** Splits `NAME[:TAG]` or `NAME@DIGEST` as udocker does; the default tag is `latest`. Throws ScarError `InvalidImageReference`. */
export function parseReference(reference: string): { readonly name: string; readonly tag: string } {
  const match = /^([^@]*?)(?:@([^/@]+)|:([^/:@]+))?$/.exec(reference);
  const name = match?.[1] ?? "";
  const tag = match?.[2] ?? match?.[3] ?? "latest";
  const [registry = "", ...path] = name.split("/");
  const isWord = (part: string) => /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(part);
  const named = (isWord(registry) || (path.length > 0 && isWord(registry.replace(/:\d+$/, "")))) && path.every(isWord);
  if (named && isWord(tag.replace(/^sha256:/, ""))) return { name, tag };
  throw new ScarError("InvalidImageReference", `'${reference}' is not an image reference (NAME:TAG)`);
}

/** The file of a digest: in the tag's folder, or in `layers` when udocker's links did not survive. */
async function blobFile(
  folders: readonly string[],
  digest: string,
  where: string,
): Promise<{ path: string; size: number }> {
  for (const folder of folders) {
    const path = join(folder, digest);
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile()) return { path, size: found.size };
  }
  throw new ScarError("MissingFromImage", `${where}: ${digest} is missing`);
}

/** Stores a layer gzip-compressed under its digest; `read` is told of its uncompressed bytes as they come. */
async function packLayer(layer: LayerSource, folder: string, read: (bytes: number) => void): Promise<Descriptor> {
  const temporary = join(folder, `.${randomBytes(6).toString("hex")}`);
  const hash = createHash("sha256");
  let size = 0;
  const count = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      hash.update(chunk);
      size += chunk.length;
      done(null, chunk);
    },
  });
  try {
    const tar = await decompressed(await layer.open(), layer.digest);
    // Compressed anew even when it came compressed: the bytes then depend on the content alone, and the diff id gets checked.
    await pipeline(
      Readable.from(checked(tar, layer.digest, read)),
      createGzip(),
      count,
      createWriteStream(temporary, { flags: "wx" }),
    );
    const digest = `sha256:${hash.digest("hex")}`;
    await rename(temporary, join(folder, digest));
    return { mediaType: `${DOCKER}.image.rootfs.diff.tar.gzip`, size, digest };
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function* checked(
  tar: AsyncIterable<Buffer>,
  digest: string,
  read: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  const hash = createHash("sha256");
  for await (const chunk of tar) {
    hash.update(chunk);
    read(chunk.length);
    yield chunk;
  }
  const found = `sha256:${hash.digest("hex")}`;
  if (found !== digest) {
    throw new ScarError("DigestMismatch", `a layer is damaged: its digest is ${found}, not ${digest}`);
  }
}
