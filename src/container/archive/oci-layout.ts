/** `index.json` and `blobs/`: the OCI image layout, as Docker ≥ 25, podman, skopeo and buildx write it. */
import { ScarError } from "../../errors.ts";
import { isDigest, parseConfig, parseJson } from "../../registry/config.ts";
import { assertLayerCount, type FoundImage } from "./docker-layout.ts";
import { type ArchiveFiles, blobName } from "./files.ts";

export const OCI_INDEX = "index.json";

interface Descriptor {
  readonly mediaType?: string;
  readonly digest?: unknown;
  readonly platform?: { readonly architecture?: string; readonly os?: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Index {
  readonly manifests?: readonly Descriptor[];
}

interface Manifest {
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
}

/** One image of the layout: its manifest and what the indexes above it say. */
interface Candidate {
  readonly manifest: Manifest;
  readonly architecture: string;
  readonly tag: string | undefined;
}

/** Indexes of indexes; more is a loop. */
const DEPTH_LIMIT = 4;

/** The Linux image for `architecture`; of an archive with one image, that one, whatever it is for. */
export async function readOciLayout(files: ArchiveFiles, architecture: string): Promise<FoundImage> {
  const index = await files.json<Index>(OCI_INDEX, "the index");
  const candidates = await candidatesOf(files, index, undefined, 0);
  const chosen = candidates.find((c) => c.architecture === architecture) ?? only(candidates);
  if (chosen === undefined) {
    const offered = [...new Set(candidates.map((c) => c.architecture))].join(", ") || "none";
    throw new ScarError(
      "NoImageForArchitecture",
      `${files.path}: no image for linux/${architecture} (it has: ${offered})`,
    );
  }
  const { manifest, tag } = chosen;
  const parsed = parseConfig(await files.blob(digestOf(files, manifest.config), "the configuration"), files.path);
  const layers = manifest.layers ?? [];
  assertLayerCount(files, layers.length, parsed);
  return { parsed, tag, layers: layers.map((l, i) => files.layer(blobName(digestOf(files, l)), parsed.diffIds[i]!)) };
}

async function candidatesOf(
  files: ArchiveFiles,
  index: Index,
  name: string | undefined,
  depth: number,
): Promise<Candidate[]> {
  if (depth >= DEPTH_LIMIT) throw new ScarError("InvalidImage", `${files.path}: its indexes are nested too deeply`);
  const found: Candidate[] = [];
  for (const descriptor of index.manifests ?? []) {
    const { platform } = descriptor;
    // Attestations carry the platform unknown/unknown.
    if (platform?.os !== undefined && platform.os !== "linux") continue;
    const digest = digestOf(files, descriptor);
    // An index may name platforms that were not saved with it.
    if (!files.has(blobName(digest)) && platform !== undefined) continue;
    const json = (await files.blob(digest, "the manifest")).toString("utf8");
    const document = parseJson<Index & Manifest>(json, "the manifest", files.path);
    const tag = tagOf(descriptor) ?? name;
    if (document.manifests !== undefined) found.push(...(await candidatesOf(files, document, tag, depth + 1)));
    else found.push({ manifest: document, tag, architecture: await architectureOf(files, descriptor, document) });
  }
  return found;
}

async function architectureOf(files: ArchiveFiles, descriptor: Descriptor, manifest: Manifest): Promise<string> {
  if (descriptor.platform?.architecture !== undefined) return descriptor.platform.architecture;
  const config = await files.blob(digestOf(files, manifest.config), "the configuration");
  return parseConfig(config, files.path).config.architecture;
}

/** containerd writes the whole reference beside the OCI annotation, which may be a bare tag. */
function tagOf(descriptor: Descriptor): string | undefined {
  return (
    descriptor.annotations?.["io.containerd.image.name"] ??
    descriptor.annotations?.["org.opencontainers.image.ref.name"]
  );
}

function digestOf(files: ArchiveFiles, descriptor: Descriptor | undefined): string {
  if (isDigest(descriptor?.digest)) return descriptor.digest;
  throw new ScarError("InvalidImage", `${files.path}: '${String(descriptor?.digest)}' is not a sha256 digest`);
}

function only(candidates: readonly Candidate[]): Candidate | undefined {
  return candidates.length === 1 ? candidates[0] : undefined;
}
