/** Checks a request (Host, Origin, signature) and hands it to the service that its signature's scope names. */
import { type IncomingMessage, type ServerResponse, validateHeaderName, validateHeaderValue } from "node:http";
import type { Behaviour } from "../behaviour.ts";
import { AwsError, type AwsResponse, type ErrorStyle, type LocalService } from "../service.ts";
import { authError } from "./auth-errors.ts";
import { beginAuthentication } from "./authenticate.ts";
import { readBody } from "./body.ts";
import type { Credentials } from "./credentials.ts";
import { misbehave } from "./misbehave.ts";
import { loopbackHost, originAccepted } from "./origin.ts";
import { readPayload } from "./payload.ts";
import type { PresignedV2 } from "./sigv2.ts";
import { readSignature, type Signature, sha256Hex } from "./sigv4.ts";

/** Bodies of requests that announce no hash are held in memory to check their signature; Lambda's zips (50 MB, base64) fit. */
const MAX_UNHASHED_BODY = 72 * 1024 * 1024;

export interface DispatchOptions {
  readonly credentials: Credentials;
  /** What is done wrong on purpose to requests that were accepted. */
  readonly behaviour: Behaviour;
  /** The services, once their state is loaded; requests wait for it. */
  readonly services: Promise<readonly LocalService[]>;
  /** Answers unsigned requests below `/_scar/`, where no bucket can be. */
  readonly control: (path: string, query: URLSearchParams) => AwsResponse | undefined;
}

/**
 * Throws AwsError for whatever is refused.
 * @param styleKnown told how errors are to be written, as soon as the service is known.
 */
export async function dispatch(
  req: IncomingMessage,
  res: ServerResponse,
  wire: AsyncIterable<Buffer>,
  requestId: string,
  options: DispatchOptions,
  styleKnown: (style: ErrorStyle) => void,
): Promise<AwsResponse> {
  const { method = "GET", headers, url = "/" } = req;
  checkHost(req);
  if (!url.startsWith("/")) throw new AwsError(400, "InvalidURI", "The request target must be a path");
  const path = url.split("?", 1)[0]!;
  const query = new URLSearchParams(url.slice(path.length));
  if (path.startsWith("/_scar/")) {
    checkOrigin(req);
    const controlled = options.control(path, query);
    if (controlled) return controlled;
  }

  const services = await options.services;
  const open = services.find((candidate) => candidate.open?.at(headers.host, path))?.open;
  if (open) {
    styleKnown("apigateway-json");
    return await open.answer({
      method,
      path,
      search: url.slice(path.length),
      query,
      headers,
      rawHeaders: req.rawHeaders,
      body: wire,
      requestId,
      httpVersion: req.httpVersion,
      remoteAddress: req.socket.remoteAddress ?? "127.0.0.1",
    });
  }
  checkOrigin(req);

  const signed = { method, path, query, headers };
  const signature = readSignature(signed);
  const scope = typeof signature === "object" ? signature.service : "s3";
  const service = services.find((candidate) => candidate.scopes.includes(scope));
  const style = service?.errorStyle ?? styleAskedIn(headers);
  styleKnown(style);
  if (typeof signature !== "object") throw authError(signature ?? "missing", style);

  const authenticate = beginAuthentication(signed, signature, options.credentials, style);
  const meant = signature.form === "header" ? headers : withHoisted(headers, query);
  const announced = announcedHash(meant, signature);
  const whole = announced === undefined ? await readBody(wire, MAX_UNHASHED_BODY) : undefined;
  const hash = announced ?? sha256Hex(whole!);
  const { identity, signChunk } = authenticate(hash);
  if (!service) throw new AwsError(501, "NotImplemented", `The service '${scope}' is not served by scar's local AWS`);
  await misbehave(options.behaviour, scope);

  const checksums = new Map<string, string>();
  // What was held to check its signature needs no further check.
  const body = whole
    ? only(whole)
    : readPayload(wire, {
        headers: meant,
        hash,
        seedSignature: signature.signature,
        signChunk,
        verified: checksums,
        // CompleteMultipartUpload names the checksum of the object in the header that elsewhere is the body's.
        ofBody: scope === "s3" && !(method === "POST" && query.has("uploadId")),
      });
  return await service.handle({
    method,
    path,
    query,
    headers: meant,
    body,
    checksums,
    identity,
    service: scope,
    region: signature.region,
    requestId,
    aborted: abortedBy(res),
  });
}

function checkHost({ headers: { host } }: IncomingMessage): void {
  if (loopbackHost(host) === undefined) {
    throw new AwsError(403, "AccessDenied", `Host '${host ?? ""}' is not served: only loopback names are`);
  }
}

function checkOrigin({ headers: { origin } }: IncomingMessage): void {
  if (!originAccepted(origin)) {
    throw new AwsError(403, "AccessDenied", `Requests of pages from '${origin}' are refused`);
  }
}

/** The form in which clients of a service that is not served understand errors. */
function styleAskedIn(headers: IncomingMessage["headers"]): ErrorStyle {
  if (headers["x-amz-target"] !== undefined) return "json-1.1";
  return headers["content-type"]?.startsWith("application/x-www-form-urlencoded") ? "query-xml" : "s3-xml";
}

async function* only(bytes: Buffer): AsyncGenerator<Buffer> {
  if (bytes.length > 0) yield bytes;
}

const OF_SIGNATURE = /^x-amz-(?:algorithm|credential|date|expires|signature|signedheaders|security-token)$/;

/**
 * Presigned URLs carry as parameters the headers that they were made with: `x-amz-acl`, `x-amz-meta-…`, checksums. They count as headers.
 * Throws `InvalidArgument` for metadata that no header could carry back.
 */
function withHoisted(headers: IncomingMessage["headers"], query: URLSearchParams): IncomingMessage["headers"] {
  const hoisted: Record<string, string> = {};
  for (const [parameter, value] of query) {
    const name = parameter.toLowerCase();
    if (!name.startsWith("x-amz-") || OF_SIGNATURE.test(name)) continue;
    hoisted[name] = name.startsWith("x-amz-meta-") ? asHeader(name, value) : value;
  }
  return { ...hoisted, ...headers };
}

/** The value as Node gives those of headers: a character for each byte of its UTF-8. */
function asHeader(name: string, value: string): string {
  const bytes = Buffer.from(value).toString("latin1");
  try {
    validateHeaderName(name);
    validateHeaderValue(name, bytes);
  } catch {
    throw new AwsError(400, "InvalidArgument", "Metadata must be what a header can carry", {
      ArgumentName: name,
      ArgumentValue: value,
    });
  }
  return bytes;
}

/** What the client says of its body's hash: S3 insists on it but for presigned URLs; others sign the body itself. */
function announcedHash(headers: IncomingMessage["headers"], signature: Signature | PresignedV2): string | undefined {
  const hash = headers["x-amz-content-sha256"];
  if (typeof hash === "string") return hash;
  if (signature.service !== "s3") return undefined;
  if (signature.form !== "header") return "UNSIGNED-PAYLOAD";
  throw new AwsError(400, "MissingSecurityHeader", "Your request was missing the header x-amz-content-sha256");
}

function abortedBy(res: ServerResponse): () => AbortSignal {
  let aborted: AbortController | undefined;
  return () => {
    if (aborted) return aborted.signal;
    const controller = new AbortController();
    aborted = controller;
    if (res.destroyed && !res.writableFinished) controller.abort();
    res.once("close", () => {
      if (!res.writableFinished) controller.abort();
    });
    return controller.signal;
  };
}
