/** The image model, shared by archives and registries. */

export interface ImageConfig {
  /** OCI name: `amd64`, `arm64`. */
  readonly architecture: string;
  readonly os: string;
  readonly env: readonly string[];
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  /** Default `/`. */
  readonly workingDir: string;
  readonly user: string;
}

/** One layer of an image: a tar stream, perhaps compressed. */
export interface LayerSource {
  /** `sha256:…` of the uncompressed tar (the diff id of the image's configuration); checked when the layer is unpacked. */
  readonly digest: string;
  /** Bytes as stored, when known. */
  readonly size?: number;
  /** `sha256:…` of the layer as stored (compressed), when known. */
  readonly blobDigest?: string;
  /** As the manifest has it, e.g. `application/vnd.oci.image.layer.v1.tar+zstd`; when known. */
  readonly mediaType?: string;
  /** Opens the layer as stored; the reader detects the compression by its first bytes. */
  open(): Promise<NodeJS.ReadableStream>;
}

export interface Image {
  /** `sha256:…` of the configuration: names the image's content. */
  readonly id: string;
  /** `sha256:…` of the image's manifest, when it comes from a registry. */
  readonly manifestDigest?: string;
  /** First repository tag, e.g. `cowsay:latest`; undefined when it has none. */
  readonly tag?: string;
  readonly config: ImageConfig;
  /** The configuration as stored, byte for byte: what `id` is the digest of. */
  readonly configJson: string;
  /** Bottom first. */
  readonly layers: readonly LayerSource[];
  /** Releases what is held open; calling it again does nothing. */
  close(): Promise<void>;
}

/** `image cowsay:latest (2 layers, 3.1 MB compressed)`, for a log or a notice; archives keep their layers as they like. */
export function describeImage(image: Image): string {
  const bytes = image.layers.reduce((sum, layer) => sum + (layer.size ?? 0), 0);
  const layers = image.layers.length === 1 ? "1 layer" : `${image.layers.length} layers`;
  const compressed = image.manifestDigest === undefined ? "" : " compressed";
  return `image ${image.tag ?? image.id} (${layers}, ${(bytes / 1_000_000).toFixed(1)} MB${compressed})`;
}
