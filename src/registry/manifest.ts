/** Manifests and indexes: Docker's image manifest v2, schema 2, and OCI's image-spec, `manifest.md`. */
import { ScarError } from "../errors.ts";
import { isDigest, parseJson } from "./config.ts";

/** What a manifest says of another document or a layer. */
export interface Descriptor {
  readonly mediaType: string;
  /** `sha256:…`. */
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  readonly platform?: { readonly os: string; readonly architecture: string; readonly variant?: string };
  readonly annotations?: Readonly<Record<string, string>>;
  /** The layer is kept elsewhere by right (Windows's base layers): registries need not hold it. */
  readonly isForeign?: boolean;
}

export type Manifest =
  | { readonly kind: "index"; readonly entries: readonly Descriptor[] }
  | { readonly kind: "image"; readonly config: Descriptor; readonly layers: readonly Descriptor[] };

/** What we ask for: without it, registries answer with a format from before 2016. */
export const MANIFEST_TYPES = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
] as const;

/** Bytes of a manifest that are read (OCI distribution-spec: registries take at least 4 MiB). */
export const MANIFEST_LIMIT = 4 * 1024 * 1024;

const LAYER_LIMIT = 1000;

type Raw = Readonly<Record<string, unknown>>;

/**
 * Reads a manifest or an index. `where` is the image, for messages; `contentType` what the registry calls it.
 * Throws ScarError `InvalidImage`, or `UnsupportedImage` for what is no image that can run (schema 1, encrypted layers, artifacts).
 */
export function parseManifest(data: Buffer, contentType: string, where: string): Manifest {
  const raw = parseJson<Raw>(data.toString("utf8"), "the manifest", where);
  const invalid = (why: string) => new ScarError("InvalidImage", `${where}: ${why}`);
  if (Array.isArray(raw)) throw invalid("the manifest is a list");
  if (raw["schemaVersion"] === 1 || contentType.includes("docker.distribution.manifest.v1+")) {
    throw unsupported(
      where,
      "is stored in the format of before 2016 (schema 1)",
      "pull and push it again with a current docker",
    );
  }
  const isIndex = "manifests" in raw;
  // What is both could be read as two images (CVE-2021-41190).
  if (isIndex && ("layers" in raw || "config" in raw)) throw invalid("the manifest is an index and an image at once");
  const said = [raw["mediaType"], contentType.split(";")[0]!.trim()].filter((type) => isKnown(type));
  if (said.some((type) => /index|list/.test(type as string) !== isIndex)) {
    throw invalid(`the manifest is ${isIndex ? "an index" : "no index"}, unlike its media type ${said.join(", ")}`);
  }
  if (isIndex) {
    const entries = list(raw["manifests"]).map((entry, i) =>
      descriptor(entry, `manifest ${i + 1} of the index`, where),
    );
    return { kind: "index", entries };
  }
  if (!Array.isArray(raw["layers"]) || raw["config"] === undefined) {
    throw unsupported(where, "is no container image: its manifest has no layers or no configuration");
  }
  if (raw["layers"].length > LAYER_LIMIT) throw invalid(`it has ${raw["layers"].length} layers`);
  const config = descriptor(raw["config"], "the configuration", where);
  const layers = raw["layers"].map((layer, i) => descriptor(layer, `layer ${i + 1}`, where));
  const encrypted = layers.findIndex(({ mediaType }) => mediaType.endsWith("+encrypted"));
  if (encrypted >= 0) throw unsupported(where, `cannot be read: its layer ${encrypted + 1} is encrypted`);
  return { kind: "image", config, layers };
}

function descriptor(value: unknown, what: string, where: string): Descriptor {
  const raw = Object(value) as Raw;
  const { mediaType, digest, size } = raw;
  if (!isDigest(digest)) throw new ScarError("InvalidImage", `${where}: ${what} has no SHA-256 digest`);
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) {
    throw new ScarError("InvalidImage", `${where}: ${what} has no size`);
  }
  const type = typeof mediaType === "string" ? mediaType : "";
  const annotations = texts(raw["annotations"]);
  const { os, architecture, variant } = texts(raw["platform"]);
  const isPlatform = os !== undefined && architecture !== undefined;
  return {
    mediaType: type,
    digest,
    size,
    annotations,
    ...(isPlatform ? { platform: { os, architecture, ...(variant === undefined ? {} : { variant }) } } : {}),
    ...(/foreign|nondistributable/.test(type) || list(raw["urls"]).length > 0 ? { isForeign: true } : {}),
  };
}

/** ScarError `UnsupportedImage`. */
export function unsupported(where: string, what: string, hint?: string): ScarError {
  return new ScarError("UnsupportedImage", `${where} ${what}`, hint === undefined ? {} : { hint });
}

function isKnown(type: unknown): boolean {
  return (MANIFEST_TYPES as readonly unknown[]).includes(type);
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The texts of an object, by name; nothing else of it. */
function texts(value: unknown): Readonly<Record<string, string>> {
  const found: Record<string, string> = Object.create(null);
  for (const [name, text] of Object.entries(Object(value))) if (typeof text === "string") found[name] = text;
  return found;
}
