/**
 * The one HTTP server of the local AWS: loopback only, every request checked (Host, Origin, SigV4) and then handed to the
 * service that its signature's scope names.
 */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { messageOf } from "../../errors.ts";
import { AwsError, type AwsRequest, type AwsResponse, type ErrorStyle, type LocalService } from "../service.ts";
import { authError } from "./auth-errors.ts";
import { authenticate } from "./authenticate.ts";
import { readBody } from "./body.ts";
import type { Credentials } from "./credentials.ts";
import { errorResponse, requestIdHeaders } from "./errors.ts";
import { loopbackHost, originAccepted } from "./origin.ts";
import { readPayload } from "./payload.ts";
import { readSignature, type Signature, sha256Hex } from "./sigv4.ts";

/** Bodies of requests that announce no hash are held in memory to check their signature; Lambda's zips (50 MB, base64) fit. */
const MAX_UNHASHED_BODY = 72 * 1024 * 1024;

export interface LocalHttpOptions {
  readonly credentials: Credentials;
  /** The services, once their state is loaded; requests wait for it. */
  readonly services: Promise<readonly LocalService[]>;
  /** Answers unsigned requests below `/_scar/`. */
  readonly control: (path: string, query: URLSearchParams) => AwsResponse | undefined;
  /** Faults of the program, for the server's log. */
  readonly onFault: (error: unknown, request: string) => void;
}

export interface LocalHttp {
  /** Binds 127.0.0.1; rejects with EADDRINUSE. Resolves to the actual port. */
  listen(port: number): Promise<number>;
  /** Lets requests under way finish for `graceMs`, then cuts them. */
  close(graceMs: number): Promise<void>;
}

export function createLocalHttp(options: LocalHttpOptions): LocalHttp {
  const server = createServer({ keepAliveTimeout: 75_000, requestTimeout: 0 });
  const onRequest = (expectsContinue: boolean) => (req: IncomingMessage, res: ServerResponse) =>
    void serve(req, res, expectsContinue, options);
  server.on("request", onRequest(false));
  // The go-ahead is sent when a service starts to read the body: a refused upload is never transferred.
  server.on("checkContinue", onRequest(true));
  return {
    listen: (port) =>
      new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen({ host: "127.0.0.1", port, exclusive: true }, () => {
          server.off("error", reject);
          const address = server.address();
          resolve(typeof address === "object" && address ? address.port : port);
        });
      }),
    close: (graceMs) =>
      new Promise((resolve) => {
        const cut = setTimeout(() => server.closeAllConnections(), graceMs);
        server.close(() => {
          clearTimeout(cut);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

async function serve(
  req: IncomingMessage,
  res: ServerResponse,
  expectsContinue: boolean,
  options: LocalHttpOptions,
): Promise<void> {
  const requestId = randomUUID();
  const path = (req.url ?? "/").split("?", 1)[0]!;
  let style: ErrorStyle = "s3-xml";
  let response: AwsResponse;
  try {
    response = await answer(req, res, expectsContinue, options, requestId, (known) => {
      style = known;
    });
  } catch (error) {
    if (!(error instanceof AwsError)) options.onFault(error, `${req.method} ${path}`);
    const known =
      error instanceof AwsError
        ? error
        : new AwsError(500, "InternalError", `We encountered an internal error: ${messageOf(error)}`);
    response = errorResponse(known, style, requestId, path);
    // The client may or may not send the body it was not asked for: only a new connection is in a known state.
    if (expectsContinue) response = { ...response, headers: { ...response.headers, connection: "close" } };
  }
  await send(res, req.method === "HEAD", response, requestIdHeaders(style, requestId)).catch((error: unknown) => {
    if (!res.destroyed) options.onFault(error, `${req.method} ${path}`);
    res.destroy();
  });
}

async function answer(
  req: IncomingMessage,
  res: ServerResponse,
  expectsContinue: boolean,
  options: LocalHttpOptions,
  requestId: string,
  styleKnown: (style: ErrorStyle) => void,
): Promise<AwsResponse> {
  const { method = "GET", headers, url = "/" } = req;
  if (loopbackHost(headers.host) === undefined) {
    throw new AwsError(403, "AccessDenied", `Host '${headers.host ?? ""}' is not served: only loopback names are`);
  }
  if (!originAccepted(headers.origin)) {
    throw new AwsError(403, "AccessDenied", `Requests of pages from '${headers.origin}' are refused`);
  }
  if (!url.startsWith("/")) throw new AwsError(400, "InvalidURI", "The request target must be a path");
  const [path = "/"] = url.split("?", 1);
  const query = new URLSearchParams(url.slice(path.length));
  const controlled = path.startsWith("/_scar/") ? options.control(path, query) : undefined;
  if (controlled) return controlled;

  const services = await options.services;
  const signed = { method, path, query, headers };
  const signature = readSignature(signed);
  const service =
    typeof signature === "object" ? services.find((s) => s.scopes.includes(signature.service)) : undefined;
  const style = service?.errorStyle ?? "s3-xml";
  styleKnown(style);
  if (signature === undefined) throw authError("missing", style);
  if (typeof signature === "string") throw authError(signature, style);

  const wire = continued(req, res, expectsContinue);
  const announced = announcedHash(headers, signature);
  if (announced === undefined && signature.service === "s3") {
    throw new AwsError(400, "MissingSecurityHeader", "Your request was missing the header x-amz-content-sha256");
  }
  const whole = announced === undefined ? await readBody(wire, MAX_UNHASHED_BODY) : undefined;
  const hash = announced ?? sha256Hex(whole!);
  const { identity, signingKey } = authenticate(signed, signature, hash, options.credentials, style);
  if (!service) {
    throw new AwsError(501, "NotImplemented", `The service '${signature.service}' is not served by scar's local AWS`);
  }
  const verified = new Map<string, string>();
  // CompleteMultipartUpload names the checksum of the object in the header that elsewhere is the body's.
  const ofBody = !(method === "POST" && query.has("uploadId"));
  const decoded = readPayload(whole ? only(whole) : wire, { headers, hash, signature, signingKey, verified, ofBody });
  const aborted = new AbortController();
  res.once("close", () => {
    if (!res.writableFinished) aborted.abort();
  });
  return service.handle({
    ...signed,
    body: Readable.from(decoded, { objectMode: false }),
    checksums: verified,
    identity,
    service: signature.service,
    region: signature.region,
    requestId,
    signal: aborted.signal,
  } satisfies AwsRequest);
}

/** What the client says of its body's hash; presigned URLs leave it open. */
function announcedHash(headers: IncomingMessage["headers"], signature: Signature): string | undefined {
  const hash = headers["x-amz-content-sha256"];
  if (typeof hash === "string") return hash;
  return signature.form === "query" && signature.service === "s3" ? "UNSIGNED-PAYLOAD" : undefined;
}

async function* only(whole: Buffer): AsyncGenerator<Buffer> {
  yield whole;
}

/** The request's bytes; the go-ahead is sent with the first read. */
async function* continued(req: IncomingMessage, res: ServerResponse, expectsContinue: boolean): AsyncGenerator<Buffer> {
  if (expectsContinue) res.writeContinue();
  try {
    for await (const chunk of req.iterator({ destroyOnReturn: false })) yield chunk as Buffer;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ECONNRESET") {
      throw new AwsError(400, "RequestTimeout", "The client went away before it sent the whole body");
    }
    throw error;
  }
}

async function send(
  res: ServerResponse,
  headOnly: boolean,
  response: AwsResponse,
  common: Record<string, string>,
): Promise<void> {
  const { status, headers = {}, body } = response;
  const stream = body instanceof Readable ? body : undefined;
  const bytes = stream || body === undefined ? undefined : Buffer.from(body as string | Buffer);
  const length = bytes
    ? { "content-length": bytes.length }
    : stream || status === 204 || status === 304
      ? {}
      : { "content-length": 0 };
  res.writeHead(status, { ...length, ...common, ...headers });
  if (headOnly || !stream) {
    stream?.destroy();
    res.end(headOnly ? undefined : bytes);
    return;
  }
  await pipeline(stream, res);
}
