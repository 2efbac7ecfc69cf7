/** Images straight from a registry. */
import { openBlob } from "./blob.ts";
import { RegistryClient } from "./client.ts";
import { readConfig, readManifest } from "./fetch-manifest.ts";
import type { Image, LayerSource } from "./image.ts";
import type { Descriptor } from "./manifest.ts";
import type { Patience } from "./patience.ts";
import { parseImageReference } from "./reference.ts";

export interface RegistryOptions {
  /** OCI name; which image of an index is taken. */
  readonly architecture: "amd64" | "arm64";
  /** `HOME`, `DOCKER_CONFIG`, `PATH` (of credential helpers), `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Registries (`host[:port]`) that may be talked to over plain HTTP; loopback always may. */
  readonly insecure?: readonly string[];
  /** Overrides what the Docker configuration says. */
  readonly credential?: { readonly username: string; readonly password: string };
  /** How the user logs in here, in words for hints; default: `'docker login REGISTRY'`. */
  readonly howToLogIn?: string;
  /** Told of waiting and trying again, one line each. */
  readonly notice?: (text: string) => void;
  /** When aborted, everything ends with its reason: this call, and layers that are being read. */
  readonly signal?: AbortSignal;
  /** Default: {@link PATIENCE}. */
  readonly patience?: Partial<Patience>;
}

/**
 * Reads manifest and configuration of an image; its layers are fetched when they are opened, until the image is closed. An image that
 * is not in an index is taken whatever it is for: `config.architecture` says.
 *
 * Throws ScarError `InvalidImageReference`, `ImageNotFound`, `ImageTagNotFound`, `NoImageForArchitecture`, `UnsupportedImage`,
 * `InvalidImage`, `DigestMismatch`, `RegistryUnreachable`, `RegistryCertificate`, `RegistryLoginFailed`, `RegistryRateLimit`,
 * `RegistryFailed`, `InvalidDockerConfig`, `InvalidProxy`; or the signal's reason.
 */
export async function openRegistryImage(reference: string, options: RegistryOptions): Promise<Image> {
  const client = new RegistryClient(parseImageReference(reference), options);
  try {
    const { digest, manifest } = await readManifest(client, options.architecture);
    const parsed = await readConfig(client, manifest.config, manifest.layers.length);
    return {
      id: parsed.id,
      manifestDigest: digest,
      tag: client.reference.familiar,
      config: parsed.config,
      configJson: parsed.json,
      layers: manifest.layers.map((descriptor, i) =>
        layerSource(client, descriptor, parsed.diffIds[i]!, i, manifest.layers.length),
      ),
      close: async () => client.close(),
    };
  } catch (error) {
    client.close();
    throw error;
  }
}

function layerSource(
  client: RegistryClient,
  descriptor: Descriptor,
  diffId: string,
  i: number,
  count: number,
): LayerSource {
  return {
    digest: diffId,
    size: descriptor.size,
    blobDigest: descriptor.digest,
    mediaType: descriptor.mediaType,
    open: () => openBlob({ client, descriptor, what: `layer ${i + 1} of ${count}` }),
  };
}
