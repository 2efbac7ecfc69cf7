/** Small image archives, made entry by entry with tar-stream: another implementation than the one under test. */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { type Header, pack } from "tar-stream";
import type { Image } from "../../../src/registry/image.ts";

export interface FixtureEntry extends Partial<Header> {
  readonly name: string;
  readonly content?: string | Buffer;
}

/** The bytes of a tar with these entries. */
export async function tarOf(entries: readonly FixtureEntry[]): Promise<Buffer> {
  const stream = pack();
  for (const { content = "", ...header } of entries) {
    stream.entry(
      { mode: header.type === "directory" ? 0o755 : 0o644, mtime: new Date(1_600_000_000_000), ...header },
      Buffer.from(content),
    );
  }
  stream.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export const digestOf = (data: Buffer | string): string => `sha256:${createHash("sha256").update(data).digest("hex")}`;
const hex = (data: Buffer | string): string => digestOf(data).slice("sha256:".length);

/** An image of these layers, bottom first; `open` gives what is read instead of a layer as it is. */
export function imageOf(
  layers: readonly Buffer[],
  open: (layer: Buffer, index: number) => NodeJS.ReadableStream = (layer) => Readable.from([layer]),
): Image {
  return {
    id: "sha256:0",
    tag: "test:1",
    config: { architecture: "amd64", os: "linux", env: [], entrypoint: [], cmd: [], workingDir: "/", user: "" },
    configJson: "{}",
    layers: layers.map((layer, i) => ({ digest: digestOf(layer), open: async () => open(layer, i) })),
    close: async () => {},
  };
}

/** The data cut into buffers of `size` bytes. */
export function inPieces(data: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(data.length / size) }, (_, i) => data.subarray(i * size, (i + 1) * size));
}

export interface FixtureImage {
  /** Uncompressed layers, bottom first. */
  readonly layers: readonly Buffer[];
  readonly architecture?: string;
  readonly tag?: string;
  readonly config?: Record<string, unknown>;
  readonly gzipLayers?: boolean;
}

export function configOf(image: FixtureImage): string {
  return JSON.stringify({
    architecture: image.architecture ?? (process.arch === "x64" ? "amd64" : process.arch),
    os: "linux",
    config: image.config ?? {
      Env: ["PATH=/bin:/usr/bin", "A=1"],
      Entrypoint: ["/bin/sh"],
      Cmd: ["-c", ":"],
      WorkingDir: "/work",
      User: "me",
    },
    rootfs: { type: "layers", diff_ids: image.layers.map(digestOf) },
  });
}

/** What `docker save` of Docker up to 24 writes: every layer under an id of its own, and the legacy `repositories`. */
export async function dockerArchive(image: FixtureImage): Promise<Buffer> {
  const config = configOf(image);
  const stored = image.layers.map((layer) => (image.gzipLayers ? gzipSync(layer) : layer));
  const names = image.layers.map((_, i) => `${hex(`${i}`)}/layer.tar`);
  return tarOf([
    ...stored.flatMap((content, i) => [
      { name: names[i]!.replace("layer.tar", ""), type: "directory" as const },
      { name: names[i]!.replace("layer.tar", "VERSION"), content: "1.0" },
      { name: names[i]!, content },
    ]),
    { name: `${hex(config)}.json`, content: config },
    {
      name: "manifest.json",
      content: JSON.stringify([
        { Config: `${hex(config)}.json`, RepoTags: image.tag ? [image.tag] : null, Layers: names },
      ]),
    },
    { name: "repositories", content: "{}" },
  ]);
}

const OCI = "application/vnd.oci.image";

interface OciParts {
  readonly blobs: FixtureEntry[];
  readonly descriptor: Record<string, unknown>;
}

function ociParts(image: FixtureImage): OciParts {
  const config = configOf(image);
  const stored = image.layers.map((layer) => (image.gzipLayers ? gzipSync(layer) : layer));
  const manifest = JSON.stringify({
    schemaVersion: 2,
    config: { mediaType: `${OCI}.config.v1+json`, digest: digestOf(config), size: config.length },
    layers: stored.map((data) => ({ mediaType: `${OCI}.layer.v1.tar`, digest: digestOf(data), size: data.length })),
  });
  const blobs = [config, manifest, ...stored].map((content) => ({ name: `blobs/sha256/${hex(content)}`, content }));
  const descriptor = {
    mediaType: `${OCI}.manifest.v1+json`,
    digest: digestOf(manifest),
    size: manifest.length,
    ...(image.tag ? { annotations: { "io.containerd.image.name": image.tag } } : {}),
  };
  return { blobs, descriptor };
}

/** An OCI layout of one image. */
export async function ociArchive(image: FixtureImage, alsoDocker = false): Promise<Buffer> {
  const { blobs, descriptor } = ociParts(image);
  const config = configOf(image);
  const docker = JSON.stringify([
    {
      Config: `blobs/sha256/${hex(config)}`,
      RepoTags: [image.tag],
      Layers: image.layers.map((layer) => `blobs/sha256/${hex(image.gzipLayers ? gzipSync(layer) : layer)}`),
    },
  ]);
  return tarOf([
    { name: "oci-layout", content: '{"imageLayoutVersion":"1.0.0"}' },
    ...blobs,
    { name: "index.json", content: JSON.stringify({ schemaVersion: 2, manifests: [descriptor] }) },
    ...(alsoDocker ? [{ name: "manifest.json", content: docker }] : []),
  ]);
}

/** An OCI layout whose index names an index of images for several platforms, and an attestation as buildx adds. */
export async function ociIndexArchive(images: readonly FixtureImage[]): Promise<Buffer> {
  const parts = images.map(ociParts);
  const attestation = JSON.stringify({ schemaVersion: 2, config: {}, layers: [] });
  const nested = JSON.stringify({
    schemaVersion: 2,
    mediaType: `${OCI}.index.v1+json`,
    manifests: [
      { digest: digestOf(attestation), platform: { os: "unknown", architecture: "unknown" } },
      ...parts.map(({ descriptor }, i) => ({
        ...descriptor,
        platform: { os: "linux", architecture: images[i]!.architecture },
      })),
    ],
  });
  return tarOf([
    ...parts.flatMap(({ blobs }) => blobs),
    { name: `blobs/sha256/${hex(attestation)}`, content: attestation },
    { name: `blobs/sha256/${hex(nested)}`, content: nested },
    {
      name: "index.json",
      content: JSON.stringify({ manifests: [{ mediaType: `${OCI}.index.v1+json`, digest: digestOf(nested) }] }),
    },
  ]);
}

/** Writes the archive and returns its path. */
export function save(path: string, archive: Buffer): string {
  writeFileSync(path, archive);
  return path;
}
