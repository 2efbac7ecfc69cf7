/** Keys as events write them and as filters of notifications are compared with them. */
import { uriEncode } from "../../http/sigv4.ts";

/** Keys in events are encoded as in a form (a space is `+`), with their slashes kept. */
export function eventKey(key: string): string {
  return uriEncode(key).replace(/%2F/g, "/").replace(/%20/g, "+");
}

/** A filter's value, which is to be encoded too; but for characters that S3's documentation calls safe, and the case of its hexadecimals. */
const filterText = (value: string): string =>
  value.replace(/[!'()*]|%[0-9a-f]{2}/gi, (part) => (part.length > 1 ? part.toUpperCase() : uriEncode(part)));

/** Whether a filter's prefix and suffix match. @param encoded the key, by {@link eventKey}. */
export const matchesFilter = (encoded: string, prefix: string, suffix: string): boolean =>
  encoded.startsWith(filterText(prefix)) && encoded.endsWith(filterText(suffix));
