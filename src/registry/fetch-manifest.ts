/** From a reference to the manifest and the configuration of one image. */
import { ScarError } from "../errors.ts";
import type { RegistryClient } from "./client.ts";
import { type ParsedConfig, parseConfig, parseJson, sha256 } from "./config.ts";
import { notFound, tagNotFound } from "./failures.ts";
import {
  type Descriptor,
  MANIFEST_LIMIT,
  MANIFEST_TYPES,
  type Manifest,
  parseManifest,
  unsupported,
} from "./manifest.ts";
import { choosePlatform, listPlatforms } from "./platform.ts";
import { shownText } from "./shown-text.ts";

/** Indexes of indexes; more is a loop. */
const DEPTH_LIMIT = 4;

/** Bytes of a configuration that are read. */
const CONFIG_LIMIT = 8 * 1024 * 1024;

/** Bytes of a list of tags, which is only shown. */
const TAGS_LIMIT = 1024 * 1024;

export type ImageManifest = Manifest & { readonly kind: "image" };

/** Follows indexes down to the image for `architecture`. */
export async function readManifest(
  client: RegistryClient,
  architecture: string,
): Promise<{ digest: string; manifest: ImageManifest }> {
  const { reference } = client;
  let name = reference.digest ?? reference.tag!;
  for (let depth = 0; depth < DEPTH_LIMIT; depth++) {
    const { digest, manifest } = await fetchManifest(client, name);
    if (manifest.kind === "image") return { digest, manifest };
    const chosen = choosePlatform(manifest.entries, architecture);
    if (chosen === undefined) {
      const message = `${reference}: no image for linux/${architecture} (it has: ${listPlatforms(manifest.entries)})`;
      throw new ScarError("NoImageForArchitecture", message, {
        hint: `choose another image or architecture, or build it with 'docker buildx build --platform linux/${architecture}'`,
      });
    }
    name = chosen.digest;
  }
  throw new ScarError("InvalidImage", `${reference}: its indexes are nested too deeply`);
}

async function fetchManifest(client: RegistryClient, name: string): Promise<{ digest: string; manifest: Manifest }> {
  const { reference } = client;
  const missing = async (codes: readonly string[]): Promise<ScarError> => {
    if (codes.includes("NAME_UNKNOWN")) return notFound(reference);
    if (name === reference.tag) {
      const tags = await listTags(client);
      return tags === undefined ? notFound(reference) : tagNotFound(reference, tags);
    }
    if (name === reference.digest) return tagNotFound(reference, []);
    return new ScarError("InvalidImage", `${reference}: its index names the manifest ${name}, which is not there`);
  };
  const tooLarge = () =>
    new ScarError("InvalidImage", `${reference}: its manifest is larger than ${MANIFEST_LIMIT} bytes`);
  const wanted = { path: `manifests/${name}`, headers: { accept: MANIFEST_TYPES.join(", ") }, missing };
  const { data, answer } = await client.document(wanted, MANIFEST_LIMIT, tooLarge);
  const digest = sha256(data);
  const said = name.startsWith("sha256:") ? name : answer.headers["docker-content-digest"];
  // A digest of another algorithm than ours is no contradiction.
  if (typeof said === "string" && said.startsWith("sha256:") && said !== digest)
    throw mismatch(client, "manifest", shownText(said, digest.length), digest);
  return { digest, manifest: parseManifest(data, answer.headers["content-type"] ?? "", `${reference}`) };
}

/** The configuration that a manifest of so many layers names. Throws ScarError `DigestMismatch`, `InvalidImage`, `UnsupportedImage`. */
export async function readConfig(
  client: RegistryClient,
  { digest, mediaType }: Descriptor,
  layers: number,
): Promise<ParsedConfig> {
  const where = `${client.reference}`;
  const missing = () =>
    new ScarError("RegistryFailed", `${where}: the registry does not have its configuration (${digest})`);
  const tooLarge = () =>
    new ScarError("InvalidImage", `${where}: its configuration is larger than ${CONFIG_LIMIT} bytes`);
  const { data } = await client.document({ path: `blobs/${digest}`, missing }, CONFIG_LIMIT, tooLarge);
  if (sha256(data) !== digest) throw mismatch(client, "configuration", digest, sha256(data));
  if (
    !/^application\/vnd\.(docker\.container\.image|oci\.image\.config)\.v1\+json$|^application\/octet-stream$|^$/.test(
      mediaType,
    )
  ) {
    throw unsupported(where, `is no container image: it holds ${shownText(mediaType)}`);
  }
  const parsed = parseConfig(data, where);
  if (parsed.diffIds.length === layers) return parsed;
  const counts = `the manifest has ${layers} layers, the configuration ${parsed.diffIds.length}`;
  throw new ScarError("InvalidImage", `${where}: ${counts}`);
}

/** The repository's tags; none when the registry does not tell, undefined when there is no such repository. */
async function listTags(client: RegistryClient): Promise<string[] | undefined> {
  let isThere = true;
  const missing = () => {
    // The distribution project's registry says of manifests that they are unknown even where the repository is.
    isThere = false;
    return notFound(client.reference);
  };
  try {
    const { data } = await client.document({ path: "tags/list?n=100", missing }, TAGS_LIMIT, () =>
      notFound(client.reference),
    );
    const { tags } = parseJson<{ readonly tags?: unknown }>(data.toString("utf8"), "the list of tags", "");
    return Array.isArray(tags) ? tags.filter((tag): tag is string => /^[\w.-]{1,128}$/.test(String(tag))) : [];
  } catch {
    return isThere ? [] : undefined;
  }
}

function mismatch(client: RegistryClient, what: string, wanted: string, found: string): ScarError {
  const { reference } = client;
  return new ScarError(
    "DigestMismatch",
    `${reference}: its ${what} is damaged: the digest is ${found}, not ${wanted}`,
    {
      hint: "try again; if it stays, the registry's copy (or a proxy's) is damaged",
    },
  );
}
