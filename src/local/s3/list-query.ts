/** Query parameters that the listings have in common. */
import { uriEncode } from "../http/sigv4.ts";
import { invalidArgument } from "./errors.ts";

/** S3's `encoding-type=url`: as in a form, but slashes stay. */
function urlEncodeName(text: string): string {
  return uriEncode(text).replace(/%2F/g, "/").replace(/%20/g, "+").replace(/%2A/g, "*").replace(/~/g, "%7E");
}

/** How names are to be written. Throws `InvalidArgument`. */
export function nameEncoder(query: URLSearchParams): (text: string) => string {
  const encoding = query.get("encoding-type");
  if (encoding !== null && encoding !== "url") {
    throw invalidArgument("Invalid Encoding Method specified in Request", "encoding-type", encoding);
  }
  return encoding === "url" ? urlEncodeName : (text) => text;
}

/** A count or number from the query; an empty one is a missing one. Throws `InvalidArgument`. @param most larger ones are cut to it. */
export function numberOf(
  query: URLSearchParams,
  name: string,
  missing: number,
  most = Number.MAX_SAFE_INTEGER,
): number {
  const text = query.get(name) || String(missing);
  const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(number <= 2_147_483_647)) {
    throw invalidArgument(`Provided ${name} not an integer or within integer range`, name, text);
  }
  return Math.min(number, most);
}
