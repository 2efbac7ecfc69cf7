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
  /** `sha256:…` of the uncompressed tar where it is known (diff id), else of the blob. */
  readonly digest: string;
  /** Bytes as stored, when known. */
  readonly size?: number;
  /** Opens the layer as stored; the reader detects the compression by its first bytes. */
  open(): Promise<NodeJS.ReadableStream>;
}

export interface Image {
  /** `sha256:…` of the configuration: names the image's content. */
  readonly id: string;
  /** First repository tag, e.g. `cowsay:latest`; undefined when it has none. */
  readonly tag?: string;
  readonly config: ImageConfig;
  /** Bottom first. */
  readonly layers: readonly LayerSource[];
  close(): Promise<void>;
}
