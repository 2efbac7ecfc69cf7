/** Which object `x-amz-copy-source` names. */

export interface NamedSource {
  readonly bucket: string;
  /** Decoded. */
  readonly key: string;
  readonly version: string | undefined;
}

/**
 * Reads `[/]bucket/key[?versionId=ID]`, percent-encoded, its slashes too if the client likes; a `?` of the key is encoded.
 * `undecodable`: it is no percent-encoded text; `incomplete`: bucket or key is missing.
 */
export function readCopySource(header: string): NamedSource | "undecodable" | "incomplete" {
  const [, encoded = "", version] = /^(.*?)(?:\?versionId=(.*))?$/s.exec(header) ?? [];
  let source: string;
  try {
    source = decodeURIComponent(encoded);
  } catch {
    return "undecodable";
  }
  const [, bucket, key] = /^\/?([^/]+)\/(.+)$/s.exec(source) ?? [];
  return bucket === undefined || key === undefined ? "incomplete" : { bucket, key, version };
}
