/** Requests of API Gateway's proxy integration (payload format 1.0). */
import { textOf } from "./payload.ts";

export interface ProxyRequest {
  readonly httpMethod: string;
  readonly body?: unknown;
  readonly isBase64Encoded?: unknown;
  readonly headers?: Readonly<Record<string, unknown>> | null;
  readonly queryStringParameters?: Readonly<Record<string, unknown>> | null;
}

export function isProxyRequest(event: Readonly<Record<string, unknown>>): boolean {
  return typeof event["httpMethod"] === "string";
}

export type ProxyBody =
  | { readonly kind: "none" }
  | { readonly kind: "json"; readonly text: string; readonly value: unknown }
  | { readonly kind: "bytes"; readonly bytes: Buffer };

/**
 * A JSON body may itself be an event. Any other is a file: base64 where the request says so, and, as `scar invoke -db` and the manual's
 * curl lines send it, where the type is not text and the whole body is base64.
 */
export function proxyBody(request: ProxyRequest): ProxyBody {
  const { body } = request;
  if (body === undefined || body === null || body === "") return { kind: "none" };
  if (typeof body !== "string") return { kind: "json", text: JSON.stringify(body), value: body };
  const encoded = request.isBase64Encoded === true;
  const type = contentType(request);
  if (/^application\/(?:json|.+\+json)$/.test(type)) {
    const text = encoded ? Buffer.from(body, "base64").toString("utf8") : body;
    try {
      return { kind: "json", text, value: JSON.parse(text) };
    } catch {
      return { kind: "bytes", bytes: Buffer.from(text) };
    }
  }
  const isText = type.startsWith("text/") || type === "application/x-www-form-urlencoded";
  const decode = encoded || (!isText && isBase64(body));
  return { kind: "bytes", bytes: Buffer.from(body, decode ? "base64" : "utf8") };
}

/** Query parameters as the container's `CONT_VAR_<key>`; a key that cannot name a variable is left out. */
export function queryVariables(request: ProxyRequest): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [key, value] of Object.entries(request.queryStringParameters ?? {})) {
    if (/^[^=\0]+$/.test(key) && value !== null) variables[`CONT_VAR_${key}`] = textOf(value);
  }
  return variables;
}

export function isBase64(text: string): boolean {
  const compact = text.replace(/\s+/g, "");
  return compact.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(compact);
}

/** Lower case, without parameters such as `; charset`. */
function contentType(request: ProxyRequest): string {
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    if (name.toLowerCase() === "content-type") return textOf(value).split(";")[0]!.trim().toLowerCase();
  }
  return "";
}
