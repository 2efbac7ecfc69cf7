/** Which bucket and key a request addresses, and the rules for their names. */
import { AwsError } from "../service.ts";

/** In bytes of UTF-8. */
const MAX_KEY = 1024;

export interface Address {
  readonly bucket: string;
  readonly key: string;
}

/** The bucket that the Host names; undefined for path style. */
export function virtualBucket(host: string | undefined): string | undefined {
  return /^(?!s3\.localhost)([a-z0-9][a-z0-9.-]*?)(?:\.s3)?\.localhost(?::\d+)?$/.exec(host?.toLowerCase() ?? "")?.[1];
}

/**
 * Path style (`/bucket/key`), or virtual-host style when the Host is `bucket.localhost` or `bucket.s3.localhost`.
 * @param path percent-encoded. Throws `InvalidURI`, `KeyTooLongError`.
 */
export function addressOf(host: string | undefined, path: string): Address {
  const virtual = virtualBucket(host);
  const slash = path.indexOf("/", 1);
  const bucket = virtual ?? path.slice(1, slash < 0 ? undefined : slash);
  const rest = virtual !== undefined ? path.slice(1) : slash < 0 ? "" : path.slice(slash + 1);
  const key = decode(rest);
  const size = Buffer.byteLength(key);
  if (size > MAX_KEY) {
    throw new AwsError(400, "KeyTooLongError", "Your key is too long", {
      Size: String(size),
      MaxSizeAllowed: String(MAX_KEY),
    });
  }
  return { bucket: decode(bucket), key };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AwsError(400, "InvalidURI", "Couldn't parse the specified URI.");
  }
}

/** S3's naming rules for general purpose buckets. */
export function isBucketName(name: string): boolean {
  return (
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) &&
    !name.includes("..") &&
    !/^\d+\.\d+\.\d+\.\d+$/.test(name) &&
    !/^(?:xn--|sthree-|amzn-s3-demo-)/.test(name) &&
    !/(?:-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/.test(name)
  );
}
