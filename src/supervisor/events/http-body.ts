/** What the body of a request is: an event, or the content of a file. */
import { ScarError } from "../../errors.ts";
import type { HttpRequest } from "./api-gateway.ts";

export type HttpBody =
  | { readonly kind: "none" }
  | { readonly kind: "json"; readonly text: string; readonly value: unknown }
  | { readonly kind: "bytes"; readonly bytes: Buffer };

/** What decoding leaves of bytes that are no text: API Gateway takes every body for text that is no binary media type's. */
const DAMAGE = "\ufffd";

/**
 * A JSON body may itself be an event. Any other is a file: decoded where the request says that it is base64, and, as `scar invoke -db` and
 * clients of the original send it, where the whole body is base64 and its type is none of text. Throws ScarError `InvalidBody`.
 */
export function httpBody({ body, contentType, isBase64Encoded }: HttpRequest): HttpBody {
  if (body === undefined || body === null || body === "") return { kind: "none" };
  if (typeof body !== "string") return { kind: "json", text: JSON.stringify(body), value: body };
  if (isBase64Encoded && !isBase64(body)) {
    throw new ScarError("InvalidBody", "the request says that its body is base64, and it is not");
  }
  const bytes = isBase64Encoded ? Buffer.from(body, "base64") : undefined;
  if (/^application\/(?:json|.+\+json)$/.test(contentType)) return jsonBody(bytes?.toString("utf8") ?? body);
  if (bytes !== undefined) return { kind: "bytes", bytes };
  if (contentType.startsWith("text/")) return { kind: "bytes", bytes: Buffer.from(body) };
  if (body.includes(DAMAGE)) {
    throw new ScarError("InvalidBody", "the body is not text, and did not come through the API unchanged", {
      hint: "send it in base64, or let the API take its type as it is: api_gateway.binary_media_types",
    });
  }
  return { kind: "bytes", bytes: Buffer.from(body, isBase64(body) ? "base64" : "utf8") };
}

/** Standard base64, perhaps in lines. */
export function isBase64(text: string): boolean {
  const compact = text.replace(/\s+/g, "");
  return compact.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(compact);
}

/** What calls itself JSON and is none is a file: the script may know what to do with it. */
function jsonBody(text: string): HttpBody {
  try {
    return { kind: "json", text, value: JSON.parse(text) };
  } catch {
    return { kind: "bytes", bytes: Buffer.from(text) };
  }
}
