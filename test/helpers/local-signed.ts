import { type Agent, request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { computeSignature, sha256Hex, signingKey } from "../../src/local/http/sigv4.ts";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
}

export interface RawRequest {
  readonly port: number;
  readonly method?: string;
  /** With the query, as it is sent. */
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
  /** Default: a connection of its own. */
  readonly agent?: Agent;
}

/** One HTTP request, exactly as given. */
export function send({ port, method = "GET", path, headers = {}, body, agent }: RawRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { host: "127.0.0.1", port, method, path, headers, agent: agent ?? false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          const bytes = Buffer.concat(chunks);
          resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes, text: bytes.toString() });
        });
      },
    );
    request.on("error", reject);
    request.end(body);
  });
}

export interface Signing {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly service?: string;
  readonly region?: string;
  /** Milliseconds since the epoch; default: now. */
  readonly time?: number;
  /** Value of `x-amz-content-sha256`; default: the body's hash. */
  readonly payloadHash?: string;
}

/** Adds the headers of a signature, made here so that tests can make wrong ones. */
export function sign(
  raw: RawRequest,
  signing: Signing,
): RawRequest & { headers: Record<string, string>; signature: string; scope: string } {
  const { service = "s3", region = "us-east-1", time = Date.now() } = signing;
  const date = new Date(time).toISOString().replace(/[-:]|\.\d+/g, "");
  const scope = `${date.slice(0, 8)}/${region}/${service}/aws4_request`;
  const payloadHash = signing.payloadHash ?? sha256Hex(raw.body ?? "");
  const headers: Record<string, string> = {
    host: `127.0.0.1:${raw.port}`,
    "x-amz-date": date,
    "x-amz-content-sha256": payloadHash,
    ...raw.headers,
  };
  const signedHeaders = Object.keys(headers).sort();
  const [path = "/"] = raw.path.split("?", 1);
  const signature = computeSignature(
    { method: raw.method ?? "GET", path, query: new URLSearchParams(raw.path.slice(path.length)), headers },
    { signedHeaders, scope, service, date },
    payloadHash,
    signingKey(signing.secretAccessKey, scope),
  );
  const authorization = `AWS4-HMAC-SHA256 Credential=${signing.accessKeyId}/${scope}, SignedHeaders=${signedHeaders.join(";")}, Signature=${signature}`;
  return { ...raw, headers: { ...headers, authorization }, signature, scope };
}
