/** Which image of an index is meant (OCI image-spec, `image-index.md`). */
import type { Descriptor } from "./manifest.ts";
import { shownText } from "./shown-text.ts";

/** The variants in the order in which we take them: what runs on every processor of the architecture first. */
const VARIANTS: Readonly<Record<string, readonly string[]>> = {
  amd64: ["", "v1", "v2", "v3", "v4"],
  arm64: ["v8", ""],
};

/** The Linux image for `architecture` (OCI name); else the first entry that says nothing of its platform; attestations never. */
export function choosePlatform(entries: readonly Descriptor[], architecture: string): Descriptor | undefined {
  const images = entries.filter((entry) => !isAttestation(entry));
  const order = VARIANTS[architecture] ?? [""];
  const rank = ({ platform }: Descriptor): number => {
    const at = order.indexOf(platform?.variant ?? "");
    return at < 0 ? order.length : at;
  };
  const fitting = images.filter(({ platform }) => platform?.os === "linux" && platform.architecture === architecture);
  // A stable sort: of equals the first counts, as everywhere.
  return fitting.sort((a, b) => rank(a) - rank(b))[0] ?? images.find(({ platform }) => platform === undefined);
}

/** `linux/amd64, linux/arm64/v8`: for messages, without what is no image; at most 20. */
export function listPlatforms(entries: readonly Descriptor[]): string {
  const names = entries.flatMap(({ platform, ...rest }) => {
    if (platform === undefined || isAttestation({ platform, ...rest })) return [];
    const { os, architecture, variant } = platform;
    return [[os, architecture, ...(variant === undefined ? [] : [variant])].map((part) => shownText(part)).join("/")];
  });
  const distinct = [...new Set(names)];
  return distinct.length === 0 ? "none" : `${distinct.slice(0, 20).join(", ")}${distinct.length > 20 ? " …" : ""}`;
}

/** What buildx stores beside images: who built them from what. */
function isAttestation({ platform, annotations }: Descriptor): boolean {
  if (annotations?.["vnd.docker.reference.type"] === "attestation-manifest") return true;
  return platform?.os === "unknown" && platform.architecture === "unknown";
}
