/** Which layer version a function gets: this release's, or the published one that its FDL asks for. */
import { EXIT, ScarError } from "../../../errors.ts";
import type { FunctionSpec } from "../../../fdl/spec.ts";
import { VERSION } from "../../../version.ts";
import type { LayerVersion } from "../controllers/layers.ts";
import { ownRelease } from "../package/layer-release.ts";
import { architecturesOf, layerName } from "./definition.ts";

/** `supervisor.version` where it is another release than this one; undefined: this release's own supervisor. */
export function pinnedRelease({ lambda }: FunctionSpec): string | undefined {
  const { version } = lambda.supervisor;
  return version === "latest" || version === VERSION ? undefined : version;
}

/** Layer versions by layer name, newest first. */
export type PublishedLayers = ReadonlyMap<string, readonly LayerVersion[]>;

/**
 * The newest layer version of that release for the function's processor. Throws ScarError `NoSuchSupervisor`, which lists the releases that
 * there are.
 */
export function pinnedLayer(spec: FunctionSpec, release: string, published: PublishedLayers): LayerVersion {
  const name = layerName(spec);
  const processor = architecturesOf(spec)[0]!;
  const versions = (published.get(name) ?? []).filter(
    ({ architectures }) => architectures.length === 0 || architectures.includes(processor),
  );
  const found = versions.find(({ description }) => ownRelease(description) === release);
  if (found !== undefined) return found;
  const releases = [...new Set(versions.flatMap(({ description }) => ownRelease(description) ?? []))];
  const there = releases.length === 0 ? "holds none of this scar's" : `has ${releases.join(", ")}`;
  throw new ScarError(
    "NoSuchSupervisor",
    `supervisor version '${release}' of function '${spec.lambda.name}' is not published: layer '${name}' ${there} for ${processor}`,
    {
      exitCode: EXIT.usage,
      hint: `leave supervisor.version (-sv) out, or set it to 'latest': that is this release, ${VERSION}, and is published when it is missing`,
    },
  );
}

/** The layer version with that very content: of several (two inits at once) the oldest, which all of them agree on. */
export function publishedWith(description: string, versions: readonly LayerVersion[]): LayerVersion | undefined {
  return versions.findLast((version) => version.description === description);
}
