/**
 * AWS under its own names, over TLS, for who is led there (by a proxy): behind it is the local AWS, which answers to names of this machine
 * alone, so that each request is signed anew. Whether it was signed for the name that it came by is looked at before.
 */
import { readFileSync } from "node:fs";
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { LocalServer } from "../../src/local/control.ts";
import { computeSignature, signingKey } from "../../src/local/http/sigv4.ts";
import { type RawRequest, send, sign } from "./local-signed.ts";
import { program } from "./system-needs.ts";
import { check } from "./system-process.ts";

export interface AwsByName {
  readonly port: number;
  /** PEM file, for NODE_EXTRA_CA_CERTS. */
  readonly certificate: string;
  /** `METHOD HOST/PATH` of each request, without its query; those of our own connections end with ` (direct)`. */
  readonly asked: readonly string[];
  close(): void;
}

/** @param folder for key and certificate. @param at default: any port of 127.0.0.1. Needs openssl. */
export async function startAwsByName(
  local: LocalServer,
  folder: string,
  at: { readonly host: string; readonly port: number } = { host: "127.0.0.1", port: 0 },
): Promise<AwsByName> {
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
  const regional = ["", "s3.", "execute-api."].map((service) => `*.${service}${local.region}.amazonaws.com`);
  const names = ["*.amazonaws.com", ...regional];
  const subject = ["-subj", "/CN=AWS", "-addext", `subjectAltName=${names.map((name) => `DNS:${name}`).join(",")}`];
  const files = ["-keyout", key, "-out", certificate, "-days", "2"];
  await check(program("openssl"), ["req", "-x509", "-newkey", "rsa:2048", "-nodes", ...files, ...subject]);
  const asked: string[] = [];
  const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (request, response) => {
    const { method, url, headers } = request;
    asked.push(`${method} ${headers.host}${url?.split("?")[0]}${"user-agent" in headers ? "" : " (direct)"}`);
    pass(local, request, response).catch((error) => response.destroy(error));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(at, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    certificate,
    asked,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const SIGNED =
  /^AWS4-HMAC-SHA256 Credential=[^/]+\/(\d{8}\/([^/]+)\/([^/]+)\/aws4_request), SignedHeaders=([^,]+), Signature=(\w+)$/;

async function pass(local: LocalServer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { method = "", url: path = "" } = request;
  const { connection: _, expect: __, "transfer-encoding": ___, authorization, ...others } = request.headers;
  const host = others.host ?? "";
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(others)) headers[name] = String(value);
  const body = Buffer.concat(chunks);
  headers["host"] = hostHere(host, local.port);
  headers["content-length"] = String(body.length);
  let onwards: RawRequest = { port: local.port, method, path, headers, body };
  // Functions' endpoints are called without a signature.
  if (authorization !== undefined) {
    const { "x-amz-date": ____, ...unsigned } = headers;
    const [, , region = "", service = ""] = SIGNED.exec(authorization) ?? [];
    const payloadHash = headers["x-amz-content-sha256"] ?? "";
    if (!isSigned(request, authorization, local)) return void response.writeHead(403).end("SignatureDoesNotMatch");
    const { accessKeyId, secretAccessKey } = local;
    onwards = sign({ ...onwards, headers: unsigned }, { accessKeyId, secretAccessKey, service, region, payloadHash });
  }
  const answer = await send(onwards);
  const { connection: _____, "transfer-encoding": ______, ...told } = answer.headers;
  response.writeHead(answer.status, told as OutgoingHttpHeaders).end(method === "HEAD" ? undefined : answer.bytes);
}

/** As the local AWS knows a bucket's and an API's host. */
function hostHere(host: string, port: number): string {
  const bucket = /^(.+)\.s3\.[^.]+\.amazonaws\.com$/.exec(host)?.[1];
  if (bucket !== undefined) return `${bucket}.localhost:${port}`;
  const api = /^([a-z0-9]+\.execute-api)\.[^.]+\.amazonaws\.com$/.exec(host)?.[1];
  return api === undefined ? `127.0.0.1:${port}` : `${api}.localhost:${port}`;
}

function isSigned(
  { method = "", url = "", headers }: IncomingMessage,
  authorization: string,
  local: LocalServer,
): boolean {
  const [, scope = "", , service = "", names = "", signature] = SIGNED.exec(authorization) ?? [];
  const [path = "/"] = url.split("?", 1);
  const expected = computeSignature(
    { method, path, query: new URLSearchParams(url.slice(path.length)), headers },
    { signedHeaders: names.split(";"), scope, service, date: String(headers["x-amz-date"]) },
    String(headers["x-amz-content-sha256"]),
    signingKey(local.secretAccessKey, scope),
  );
  return signature === expected;
}
