/** What API Gateway answers itself, in its words. */
import type { AwsResponse } from "../../service.ts";

export class Refusal extends Error {
  readonly status: number;
  /** `X-Amzn-ErrorType`; undefined where AWS's front end answers, in plain text. */
  readonly type: string | undefined;

  constructor(status: number, type: string | undefined, message: string) {
    super(message);
    this.status = status;
    this.type = type;
  }
}

export const forbidden = (): Refusal => new Refusal(403, "ForbiddenException", "Forbidden");
export const missingToken = (): Refusal =>
  new Refusal(403, "MissingAuthenticationTokenException", "Missing Authentication Token");
export const bodyTooLarge = (limit: number): Refusal =>
  new Refusal(413, undefined, `HTTP content length exceeded ${limit} bytes.`);
export const headersTooLarge = (limit: number): Refusal =>
  new Refusal(431, undefined, `HTTP header is larger than ${limit} bytes.`);
/** More than Lambda takes, though API Gateway does. */
export const payloadTooLarge = (): Refusal => new Refusal(413, "RequestTooLargeException", "Request Too Long");
export const unsupportedMediaType = (): Refusal => new Refusal(415, "BadRequestException", "Unsupported Media Type");
/** Lambda did not take the call. */
export const internalError = (): Refusal => new Refusal(500, "InternalServerErrorException", "Internal server error");
/** The function failed, or answered what is no answer. */
export const badAnswer = (): Refusal => new Refusal(502, "InternalServerErrorException", "Internal server error");
export const timedOut = (): Refusal => new Refusal(504, "InternalServerErrorException", "Endpoint request timed out");

export function refusalResponse({ status, type, message }: Refusal): AwsResponse {
  if (type === undefined) return { status, headers: { "content-type": "text/plain" }, body: message };
  return {
    status,
    headers: { "content-type": "application/json", "x-amzn-errortype": type },
    body: JSON.stringify({ message }),
  };
}
