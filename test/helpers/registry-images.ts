/** Small images as a registry stores them, made from tar bytes; manifests of Docker's schema 2 and of OCI, and indexes of both. */
import { gzipSync } from "node:zlib";
import { configOf, digestOf, type FixtureEntry, tarOf } from "../unit/container/image-fixtures.ts";

export { digestOf, type FixtureEntry, tarOf };

/** The media types of the two families. */
export const MEDIA = {
  docker: {
    manifest: "application/vnd.docker.distribution.manifest.v2+json",
    index: "application/vnd.docker.distribution.manifest.list.v2+json",
    config: "application/vnd.docker.container.image.v1+json",
    tar: "application/vnd.docker.image.rootfs.diff.tar",
    gzip: "application/vnd.docker.image.rootfs.diff.tar.gzip",
  },
  oci: {
    manifest: "application/vnd.oci.image.manifest.v1+json",
    index: "application/vnd.oci.image.index.v1+json",
    config: "application/vnd.oci.image.config.v1+json",
    tar: "application/vnd.oci.image.layer.v1.tar",
    gzip: "application/vnd.oci.image.layer.v1.tar+gzip",
  },
} as const;

export interface StoredManifest {
  readonly mediaType: string;
  readonly json: string;
  readonly digest: string;
}

/** What `startRegistry` serves under `repository`. */
export interface RegistryImage {
  /** For example `grycap/cowsay`. */
  readonly repository: string;
  readonly tags: readonly string[];
  /** What the tags name: an image's manifest, or an index. */
  readonly manifest: StoredManifest;
  /** The manifests that an index names. */
  readonly children: readonly StoredManifest[];
  /** Content by digest: configuration and layers as stored. */
  readonly blobs: ReadonlyMap<string, Buffer>;
  /** Digests of the layers as stored, bottom first; of an index none. */
  readonly layers: readonly string[];
}

export interface ImageParts {
  /** Default `test/small`. */
  readonly repository?: string;
  /** Default `["latest"]`. */
  readonly tags?: readonly string[];
  /** Bottom first: tar bytes, or entries to make a tar of. Default: one layer with `/etc/small`. */
  readonly layers?: readonly (Buffer | readonly FixtureEntry[])[];
  /** Default: this machine's. */
  readonly architecture?: string;
  /** Default `docker`. */
  readonly family?: keyof typeof MEDIA;
  /** How a layer is stored: `gzip` (default), `none`, or a function with the media type that goes with it. */
  readonly compression?: "gzip" | "none" | { readonly mediaType: string; readonly compress: (tar: Buffer) => Buffer };
  /** The `config` object of the image's configuration; default: image-fixtures' own. */
  readonly config?: Record<string, unknown>;
  /** Changes the manifest before it is stored: for what is wrong. */
  readonly manifest?: (manifest: Record<string, unknown>) => Record<string, unknown>;
}

/** Makes an image of a layer or more. */
export async function makeImage(parts: ImageParts = {}): Promise<RegistryImage> {
  const media = MEDIA[parts.family ?? "docker"];
  const content = parts.layers ?? [[{ name: "etc/small", content: "a small image\n" }]];
  const tars = await Promise.all(content.map(async (layer) => (Buffer.isBuffer(layer) ? layer : tarOf(layer))));
  const way = parts.compression ?? "gzip";
  const stored = tars.map((tar) => (way === "none" ? tar : way === "gzip" ? gzipSync(tar) : way.compress(tar)));
  const layerType = way === "none" ? media.tar : way === "gzip" ? media.gzip : way.mediaType;
  const config = Buffer.from(
    configOf({
      layers: tars,
      ...(parts.architecture === undefined ? {} : { architecture: parts.architecture }),
      ...(parts.config === undefined ? {} : { config: parts.config }),
    }),
  );
  const manifest = {
    schemaVersion: 2,
    mediaType: media.manifest,
    config: descriptorOf(media.config, config),
    layers: stored.map((layer) => descriptorOf(layerType, layer)),
  };
  return {
    repository: parts.repository ?? "test/small",
    tags: parts.tags ?? ["latest"],
    manifest: storedManifest(media.manifest, parts.manifest?.(manifest) ?? manifest),
    children: [],
    blobs: new Map([config, ...stored].map((blob) => [digestOf(blob), blob])),
    layers: stored.map(digestOf),
  };
}

export interface IndexParts {
  readonly repository?: string;
  readonly tags?: readonly string[];
  readonly family?: keyof typeof MEDIA;
  /** Images and what the index says of their platforms. */
  readonly images: readonly { readonly image: RegistryImage; readonly platform?: Record<string, string> }[];
  /** Adds, first, an attestation as buildx does (platform unknown/unknown). Default false. */
  readonly attestation?: boolean;
  readonly manifest?: (manifest: Record<string, unknown>) => Record<string, unknown>;
}

/** Makes an index (Docker: manifest list) of images, or of other indexes. */
export async function makeIndex(parts: IndexParts): Promise<RegistryImage> {
  const type = MEDIA[parts.family ?? "oci"].index;
  const attestation = parts.attestation
    ? await makeImage({ family: "oci", layers: [[{ name: "statement" }]] })
    : undefined;
  const all = [
    ...(attestation ? [{ image: attestation, platform: { os: "unknown", architecture: "unknown" } }] : []),
    ...parts.images,
  ];
  const manifests = all.map(({ image, platform }) => ({
    ...descriptorOf(image.manifest.mediaType, Buffer.from(image.manifest.json)),
    ...(platform === undefined ? {} : { platform }),
    ...(image === attestation ? { annotations: { "vnd.docker.reference.type": "attestation-manifest" } } : {}),
  }));
  const manifest = { schemaVersion: 2, mediaType: type, manifests };
  return {
    repository: parts.repository ?? "test/small",
    tags: parts.tags ?? ["latest"],
    manifest: storedManifest(type, parts.manifest?.(manifest) ?? manifest),
    children: all.flatMap(({ image }) => [image.manifest, ...image.children]),
    blobs: new Map(all.flatMap(({ image }) => [...image.blobs])),
    layers: [],
  };
}

function storedManifest(mediaType: string, content: Record<string, unknown>): StoredManifest {
  const json = JSON.stringify(content, undefined, 2);
  return { mediaType, json, digest: digestOf(json) };
}

function descriptorOf(mediaType: string, data: Buffer): Record<string, unknown> {
  return { mediaType, size: data.length, digest: digestOf(data) };
}
