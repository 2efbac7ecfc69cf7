/** The answer to a call that was handed on with a mapping template: the default integration response's. */
import type { AwsResponse } from "../../service.ts";
import type { Integration } from "../model.ts";
import type { Exchange } from "./exchange.ts";
import { DEFAULT_TYPE, mediaType } from "./media-types.ts";
import { internalError } from "./refusal.ts";

const TARGET = /^method\.response\.header\.(.+)$/;
const SOURCE = /^integration\.response\.header\.(.+)$/i;

/** Throws the refusal 500 where nobody said what is to be answered. */
export function mappedResponse(
  { request, tracing }: Exchange,
  { integrationResponses = {} }: Integration,
): AwsResponse {
  const response = Object.values(integrationResponses).find(({ selectionPattern }) => !selectionPattern);
  if (!response) throw internalError();
  const lambdas: Readonly<Record<string, string>> = {
    "x-amzn-requestid": tracing.lambdaRequestId,
    "x-amzn-trace-id": tracing.traceId,
    "content-length": "0",
  };
  const headers: Record<string, string> = { "Content-Type": DEFAULT_TYPE };
  for (const [name, source] of Object.entries(response.responseParameters ?? {})) {
    const header = SOURCE.exec(source)?.[1]?.toLowerCase();
    const value = header === undefined ? source.slice(1, -1) : lambdas[header];
    if (value !== undefined) headers[TARGET.exec(name)![1]!] = value;
  }
  const templates = response.responseTemplates ?? {};
  const accepted = templates[mediaType(request.headers.accept)];
  const body = accepted ?? templates[DEFAULT_TYPE] ?? Object.values(templates)[0] ?? "";
  return { status: Number(response.statusCode), headers, body };
}
