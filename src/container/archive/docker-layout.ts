/** `manifest.json`: what `docker save` writes, up to Docker 24 alone, later beside an OCI layout; podman and skopeo write it too. */
import { ScarError } from "../../errors.ts";
import { isDigest, type ParsedConfig, parseConfig } from "../../registry/config.ts";
import type { LayerSource } from "../../registry/image.ts";
import type { ArchiveFiles } from "./files.ts";

export const DOCKER_MANIFEST = "manifest.json";

export interface FoundImage {
  readonly parsed: ParsedConfig;
  readonly tag: string | undefined;
  readonly layers: readonly LayerSource[];
}

interface ManifestItem {
  readonly Config?: unknown;
  readonly RepoTags?: unknown;
  readonly Layers?: unknown;
}

/** Of several images the first for `architecture`, else the first. */
export async function readDockerLayout(files: ArchiveFiles, architecture: string): Promise<FoundImage> {
  const items = await files.json<readonly ManifestItem[]>(DOCKER_MANIFEST, "the manifest");
  if (!Array.isArray(items) || items.length === 0) {
    throw new ScarError("InvalidImage", `${files.path}: ${DOCKER_MANIFEST} lists no image`);
  }
  let chosen: { readonly item: ManifestItem; readonly parsed: ParsedConfig } | undefined;
  for (const item of items) {
    const parsed = await readConfig(files, item);
    const fits = parsed.config.architecture === architecture;
    if (chosen === undefined || fits) chosen = { item, parsed };
    if (fits) break;
  }
  const { item, parsed } = chosen!;
  const names = Array.isArray(item.Layers) ? (item.Layers as string[]) : [];
  assertLayerCount(files, names.length, parsed);
  return {
    parsed,
    tag: Array.isArray(item.RepoTags) ? (item.RepoTags as string[])[0] : undefined,
    layers: names.map((name, i) => files.layer(name, parsed.diffIds[i]!)),
  };
}

async function readConfig(files: ArchiveFiles, item: ManifestItem): Promise<ParsedConfig> {
  if (typeof item.Config !== "string") {
    throw new ScarError("InvalidImage", `${files.path}: ${DOCKER_MANIFEST} names no configuration`);
  }
  const parsed = parseConfig(await files.read(item.Config, "the configuration"), files.path);
  // Both `<hex>.json` and `blobs/sha256/<hex>` name the content.
  const named = `sha256:${/([0-9a-f]{64})(\.json)?$/.exec(item.Config)?.[1]}`;
  if (isDigest(named) && named !== parsed.id)
    throw files.mismatch(`the configuration ${item.Config}`, named, parsed.id);
  return parsed;
}

/** Throws ScarError `InvalidImage` unless each layer has its diff id. */
export function assertLayerCount(files: ArchiveFiles, layers: number, parsed: ParsedConfig): void {
  if (layers === parsed.diffIds.length) return;
  throw new ScarError(
    "InvalidImage",
    `${files.path}: the manifest has ${layers} layers, the configuration ${parsed.diffIds.length}`,
  );
}
