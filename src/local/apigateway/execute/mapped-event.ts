/** The event that our mapping templates (templates.ts) make, made without a Velocity. */
import type { Integration } from "../model.ts";
import { knownTemplate } from "../templates.ts";
import { orNull } from "./client-request.ts";
import type { Exchange } from "./exchange.ts";
import { DEFAULT_TYPE, isBinary, mediaType } from "./media-types.ts";
import { internalError, unsupportedMediaType } from "./refusal.ts";

/** Throws refusals: 415 for a content type that has no template. */
export function mappedEvent(exchange: Exchange, { requestTemplates = {}, contentHandling }: Integration): unknown {
  const { request, address, api, stage, headers, query } = exchange;
  const contentType = request.headers["content-type"];
  const type = mediaType(contentType ?? DEFAULT_TYPE);
  const template = Object.hasOwn(requestTemplates, type) ? requestTemplates[type]! : undefined;
  if (template === undefined) throw unsupportedMediaType();
  const kind = knownTemplate(template);
  if (kind === undefined) throw internalError();
  const input = inputBody(exchange, contentHandling);
  const bodiless = ["GET", "HEAD", "DELETE"].includes(request.method);
  const nothing = bodiless || (input === "{}" && (kind === "binary" || contentType === undefined));
  return {
    resource: "/async",
    path: "/async",
    httpMethod: request.method,
    headers: headers.single,
    queryStringParameters: orNull(query.single),
    pathParameters: null,
    stageVariables: null,
    requestContext: {
      stage: stage.stageName,
      apiId: api.id,
      requestId: request.requestId,
      httpMethod: request.method,
      path: `/${stage.stageName}${address.path}`,
      identity: { sourceIp: request.remoteAddress },
    },
    body: nothing ? null : input,
    isBase64Encoded: kind === "binary" && !nothing,
  };
}

/** `$input.body`: of an empty body AWS makes `{}`. */
function inputBody({ request, body, binaryMediaTypes }: Exchange, contentHandling: string | undefined): string {
  if (body.length === 0) return "{}";
  if (!isBinary(request.headers["content-type"] ?? DEFAULT_TYPE, binaryMediaTypes)) return body.toString("utf8");
  // A template cannot be laid over bytes.
  if (contentHandling !== "CONVERT_TO_TEXT") throw internalError();
  return body.toString("base64");
}
