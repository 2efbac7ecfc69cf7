/** Which bodies are binary: by the API's list and the client's headers. */

/** What API Gateway takes a body for when nothing is said of it. */
export const DEFAULT_TYPE = "application/json";

/** `text/plain` of `Text/Plain; charset=utf-8, …`: the first type counts. */
export const mediaType = (header: string | undefined): string =>
  (header ?? "").split(",")[0]!.split(";")[0]!.trim().toLowerCase();

/** @param binaryMediaTypes exact types, `image/*` or the one that means all */
export function isBinary(header: string | undefined, binaryMediaTypes: readonly string[]): boolean {
  const type = mediaType(header);
  if (!type.includes("/")) return false;
  return binaryMediaTypes.some((listed) => {
    const binary = listed.toLowerCase();
    return binary === "*/*" || binary === type || (binary.endsWith("/*") && type.startsWith(binary.slice(0, -1)));
  });
}
