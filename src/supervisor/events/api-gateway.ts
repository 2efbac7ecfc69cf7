/**
 * Requests of HTTP endpoints: API Gateway's proxy integration (payload format 1.0), its HTTP APIs and Lambda's function URLs (format 2.0).
 * What is here was sent by anybody: it is input, and never chooses what runs.
 */
import { isMapping, type Mapping, textOf } from "./payload.ts";

export interface HttpRequest {
  readonly body: unknown;
  readonly isBase64Encoded: boolean;
  /** Lower case, without parameters such as `; charset`; "" when there is none. */
  readonly contentType: string;
  /** The last value of each parameter. */
  readonly query: Readonly<Record<string, unknown>>;
}

/** Whether the event is a request: 1.0 names its method at the top, 2.0 in `requestContext.http`. */
export function isHttpRequest(event: unknown): event is Mapping {
  if (!isMapping(event)) return false;
  if (typeof event["httpMethod"] === "string") return true;
  const context = event["requestContext"];
  const http = isMapping(context) ? context["http"] : undefined;
  return isMapping(http) && typeof http["method"] === "string";
}

/** The request in the event, of either format. */
export function httpRequest(event: Mapping): HttpRequest {
  return {
    body: event["body"],
    isBase64Encoded: event["isBase64Encoded"] === true,
    contentType: contentTypeOf(event),
    query: queryOf(event),
  };
}

/** Query parameters as the container's `CONT_VAR_<key>`; a key that cannot name a variable is left out. */
export function queryVariables({ query }: HttpRequest): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [key, value] of Object.entries(query)) {
    if (/^[^=\0]+$/.test(key) && value !== null) variables[`CONT_VAR_${key}`] = textOf(value);
  }
  return variables;
}

/** Names of headers come in the case in which the client wrote them (1.0), or in small letters (2.0). */
function contentTypeOf(event: Mapping): string {
  for (const headers of [event["headers"], event["multiValueHeaders"]]) {
    for (const [name, value] of Object.entries(isMapping(headers) ? headers : {})) {
      if (name.toLowerCase() !== "content-type") continue;
      const text = textOf(Array.isArray(value) ? value.at(-1) : value);
      return text.split(";")[0]!.trim().toLowerCase();
    }
  }
  return "";
}

/** Format 2.0 joins a parameter's values with commas; its raw query has them apart, so that both formats give the last one. */
function queryOf(event: Mapping): Readonly<Record<string, unknown>> {
  const raw = event["rawQueryString"];
  if (typeof raw === "string" && raw !== "") return Object.fromEntries(new URLSearchParams(raw));
  const parameters = event["queryStringParameters"];
  return isMapping(parameters) ? parameters : {};
}
