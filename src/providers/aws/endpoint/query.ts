/** Queries of URLs, written so that SigV4 reads them as they were meant. */

/** A parameter and its value; one may come several times. */
export type Query = readonly (readonly [string, string])[];

/** Without `?`. Not URLSearchParams' own: SigV4 knows no '+' for a space. Lone surrogates become U+FFFD. */
export function queryString(query: Query): string {
  return query.map(([key, value]) => `${strictly(key)}=${strictly(value)}`).join("&");
}

/** Percent-encoded but for RFC 3986's unreserved characters. */
function strictly(text: string): string {
  const encoded = encodeURIComponent(Buffer.from(text).toString());
  return encoded.replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
