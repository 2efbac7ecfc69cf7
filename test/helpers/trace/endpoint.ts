/** Requests to APIs' endpoints, the recording's and ours, and the answers that the stand-in gave to them. */
import type { ServerResponse } from "node:http";
import type { TraceCall } from "../traces.ts";

/** As far as the recordings tell of one. */
export interface EndpointRequest {
  readonly method: string;
  /** `api0000001/scar/launch` */
  readonly path: string;
  readonly query: string;
  readonly contentType: string | undefined;
  readonly invocationType: string | undefined;
  readonly body: string | undefined;
}

/** Where the local AWS has what AWS has on hosts of their own. */
export const LOCAL_PATH = "/_aws/execute-api/";

const ON_AWS = /^(\w+) https:\/\/(\w+)\.execute-api\.us-east-1\.amazonaws\.com(\/[^?]*)\??(.*)$/;

/** Undefined for requests to other hosts. */
export function recordedRequest({ http = "", headers, body }: TraceCall): EndpointRequest | undefined {
  const [, method, api, path, query = ""] = ON_AWS.exec(http) ?? [];
  return method === undefined ? undefined : requestOf(method, `${api}${path}`, query, headers ?? {}, textOf(body));
}

const textOf = (body: unknown): string | undefined =>
  (body as { $bytes?: { text?: string } } | null | undefined)?.$bytes?.text;

/** Undefined for other requests. */
export function ownRequest(
  method: string,
  url: string,
  headers: Readonly<Record<string, unknown>>,
  body: Buffer,
): EndpointRequest | undefined {
  if (!url.startsWith(LOCAL_PATH)) return undefined;
  const [path = "", query = ""] = url.slice(LOCAL_PATH.length).split("?");
  return requestOf(method, path, query, headers, body.length === 0 ? undefined : body.toString());
}

function requestOf(
  method: string,
  path: string,
  query: string,
  headers: Readonly<Record<string, unknown>>,
  body: string | undefined,
): EndpointRequest {
  const [contentType, invocationType] = ["content-type", "x-amz-invocation-type"].map(
    (name) => headers[name] as string | undefined,
  );
  return { method, path, query, contentType, invocationType, body: body && shortened(body) };
}

const shortened = (body: string): string => (body.length > 1000 ? `(${body.length} characters)` : body);

/** Ways in which the stand-in's endpoints failed: API Gateway's own answers, and a supervisor's. */
const FAILURES: Readonly<Record<string, readonly [status: number, headers: object, body: string]>> = {
  timeout: [504, {}, '{"message": "Endpoint request timed out"}'],
  "bad-gateway": [502, {}, '{"message": "Internal server error"}'],
  exception: [
    500,
    { "amz-lambda-request-id": "1", "amz-log-group-name": "/aws/lambda/fn", "amz-log-stream-name": "abc" },
    Buffer.from('{"exception": "Traceback: boom"}').toString("base64"),
  ],
};

/** @returns whether it was one of the ways to fail */
export function answerFailure(way: string | undefined, outgoing: ServerResponse): boolean {
  const [status, headers, body] = FAILURES[way ?? ""] ?? [];
  if (status === undefined) return false;
  outgoing.writeHead(status, { "content-type": "application/json", ...headers });
  outgoing.end(body);
  return true;
}
