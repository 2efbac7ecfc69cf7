/** What the descriptions of layer versions tell: `VERSION sha256:HASH` for ours, the version alone for the original's. */

/** The release in a layer version's description, ours or the original's. */
export function supervisorVersion(description: string): string {
  return description.split(" ")[0] ?? "";
}

/** The release of a layer version of ours; undefined for one that holds anything else, the original's supervisor for example. */
export function ownRelease(description: string): string | undefined {
  return /^(\S+) sha256:[0-9a-f]{64}$/.exec(description)?.[1];
}
