/** Presigned URLs of both versions: what they promise, and everything that breaks it. */
import { createHmac } from "node:crypto";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { computeSignatureV2 } from "../../src/local/http/sigv2.ts";
import { computeSignature, signingKey, uriEncode } from "../../src/local/http/sigv4.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { s3Client } from "../helpers/local-clients.ts";
import { type Answer, send } from "../helpers/local-signed.ts";

let local: TestLocal;
let port: number;
beforeAll(async () => {
  local = await startTestLocal();
  port = local.server.port;
  const s3 = s3Client(local.server);
  await s3.send(new CreateBucketCommand({ Bucket: "presigned" }));
  await s3.send(new PutObjectCommand({ Bucket: "presigned", Key: "shared", Body: "content" }));
});
afterAll(() => local.stop());

const outcome = ({ status, text }: Answer) => [status, /<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? text];
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

describe("version 2", () => {
  interface Asked {
    readonly method?: string;
    readonly path?: string;
    /** Parameters that are signed. */
    readonly query?: Readonly<Record<string, string>>;
    readonly headers?: Readonly<Record<string, string>>;
    readonly expires?: number | string;
    readonly secret?: string;
  }

  /** Written from S3's documentation, not from the code under test. */
  function presignV2({ method = "GET", path = "/presigned/shared", query = {}, headers = {}, ...rest }: Asked): string {
    const { expires = inSeconds(60), secret = local.server.secretAccessKey } = rest;
    const amz = Object.entries(headers).filter(([name]) => name.startsWith("x-amz-"));
    const sub = Object.entries(query).sort(([a], [b]) => (a < b ? -1 : 1));
    const resource = sub.map(([name, value]) => (value === "" ? name : `${name}=${value}`)).join("&");
    const text = [
      method,
      headers["content-md5"] ?? "",
      headers["content-type"] ?? "",
      String(expires),
      ...amz.sort().map(([name, value]) => `${name}:${value}`),
      resource === "" ? path : `${path}?${resource}`,
    ].join("\n");
    const parameters = {
      ...query,
      AWSAccessKeyId: local.server.accessKeyId,
      Expires: String(expires),
      Signature: createHmac("sha1", secret).update(text).digest("base64"),
    };
    return `${path}?${Object.entries(parameters)
      .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
      .join("&")}`;
  }

  const ask = (asked: Asked, body?: string) =>
    send({
      port,
      method: asked.method ?? "GET",
      path: presignV2(asked),
      headers: { ...asked.headers },
      ...(body && { body }),
    });

  it("is the example of S3's documentation", () => {
    const request = { method: "GET", path: "/johnsmith/photos/puppy.jpg", query: new URLSearchParams(), headers: {} };
    expect(computeSignatureV2(request, 1_175_139_620, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")).toBe(
      "NpgCjnDzrM+WFzoENXmpNDUsSn8=",
    );
  });

  it("is served until it expires", async () => {
    expect(outcome(await ask({}))).toEqual([200, "content"]);
    const late = await ask({ expires: inSeconds(-5) });
    expect(outcome(late)).toEqual([403, "AccessDenied"]);
    expect(late.text).toContain("Request has expired");
  });

  it("uploads with the headers that were signed", async () => {
    const headers = { "content-type": "text/x-signed", "x-amz-meta-colour": "grey" };
    expect((await ask({ method: "PUT", path: "/presigned/up", headers }, "body")).status).toBe(200);
    const got = await s3Client(local.server).send(new GetObjectCommand({ Bucket: "presigned", Key: "up" }));
    expect([await got.Body!.transformToString(), got.ContentType, got.Metadata]).toEqual([
      "body",
      "text/x-signed",
      { colour: "grey" },
    ]);
  });

  it("signs sub-resources and overrides of the answer's headers, decoded", async () => {
    const query = { "response-content-type": "text/x-asked; charset=utf-8", "response-cache-control": "no-store" };
    const answer = await ask({ query });
    expect(answer.headers).toMatchObject({
      "content-type": query["response-content-type"],
      "cache-control": "no-store",
    });
    expect((await ask({ path: "/presigned", query: { location: "" } })).text).toContain("LocationConstraint");
  });

  it("works with the bucket in the Host", async () => {
    const path = presignV2({}).replace("/presigned/", "/");
    expect(outcome(await send({ port, path, headers: { host: `presigned.localhost:${port}` } }))).toEqual([
      200,
      "content",
    ]);
  });

  it.each<[string, (url: string) => string]>([
    ["another key", (url) => url.replace("shared", "other")],
    ["a later end", (url) => url.replace(/Expires=\d+/, `Expires=${inSeconds(9000)}`)],
    ["an override that is not signed", (url) => `${url}&response-content-type=text/html`],
    ["a sub-resource that is not signed", (url) => `${url}&acl`],
    ["a header that is not signed", (url) => `${url}&x-amz-copy-source=/presigned/shared`],
    ["a header that is not signed, in capitals", (url) => `${url}&X-Amz-Copy-Source=/presigned/shared`],
    ["another signature", (url) => url.replace(/Signature=..../, "Signature=AAAA")],
  ])("with %s is refused", async (_, spoil) => {
    expect(outcome(await send({ port, path: spoil(presignV2({})) }))).toEqual([403, "SignatureDoesNotMatch"]);
  });

  it("for another method, with another header or secret is refused", async () => {
    const refused = [403, "SignatureDoesNotMatch"];
    expect(outcome(await send({ port, method: "DELETE", path: presignV2({}) }))).toEqual(refused);
    const added = { "x-amz-meta-added": "1" };
    expect(outcome(await send({ port, path: presignV2({}), headers: added }))).toEqual(refused);
    expect(outcome(await ask({ secret: "other" }))).toEqual(refused);
    expect((await ask({})).status).toBe(200);
  });

  it.each(["Signature", "Expires"])("without %s is refused", async (name) => {
    const path = presignV2({}).replace(new RegExp(`${name}=[^&]*&?`), "");
    expect(outcome(await send({ port, path }))).toEqual([403, "AccessDenied"]);
  });

  it.each(["soon", "1e12", "-1"])("with the end '%s' is refused", async (expires) => {
    expect(outcome(await ask({ expires }))).toEqual([403, "AccessDenied"]);
  });

  it("is not for bodies in signed chunks", async () => {
    const hash = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
    const headers = { "x-amz-content-sha256": hash, "x-amz-decoded-content-length": "1" };
    expect(outcome(await ask({ method: "PUT", headers }, "1\r\nx\r\n0\r\n\r\n"))).toEqual([400, "InvalidArgument"]);
  });
});

describe("version 4", () => {
  interface Asked {
    readonly method?: string;
    readonly time?: number;
    readonly expires?: number | string;
    /** Parameters beside those of the signature. */
    readonly query?: Readonly<Record<string, string>>;
    /** Headers that are signed beside `host`. */
    readonly headers?: Readonly<Record<string, string>>;
  }

  function presign(path: string, { method = "GET", time = Date.now(), expires = 60, query = {}, headers = {} }: Asked) {
    const date = new Date(time).toISOString().replace(/[-:]|\.\d+/g, "");
    const scope = `${date.slice(0, 8)}/us-east-1/s3/aws4_request`;
    const signedHeaders = ["host", ...Object.keys(headers)].sort();
    const parameters = new URLSearchParams({
      ...query,
      "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
      "X-Amz-Credential": `${local.server.accessKeyId}/${scope}`,
      "X-Amz-Date": date,
      "X-Amz-Expires": String(expires),
      "X-Amz-SignedHeaders": signedHeaders.join(";"),
    });
    const signature = computeSignature(
      { method, path, query: parameters, headers: { host: `127.0.0.1:${port}`, ...headers } },
      { scope, date, service: "s3", signedHeaders },
      "UNSIGNED-PAYLOAD",
      signingKey(local.server.secretAccessKey, scope),
    );
    const text = [...parameters].map(([name, value]) => `${uriEncode(name)}=${uriEncode(value)}`).join("&");
    return `${path}?${text}&X-Amz-Signature=${signature}`;
  }

  it.each([1, 604_800])("may last %i seconds", async (expires) => {
    // Signed for a little later: a second is over before a slow machine has asked.
    const path = presign("/presigned/shared", { expires, time: Date.now() + 60_000 });
    expect((await send({ port, path })).status).toBe(200);
  });

  it.each([0, -1, 604_801, "soon", ""])("may not last '%s' seconds", async (expires) => {
    const answer = await send({ port, path: presign("/presigned/shared", { expires }) });
    expect(outcome(answer)).toEqual([400, "AuthorizationQueryParametersError"]);
  });

  it("says when it ended", async () => {
    const answer = await send({ port, path: presign("/presigned/shared", { time: Date.now() - 90_000 }) });
    expect(outcome(answer)).toEqual([403, "AccessDenied"]);
    expect(answer.text).toMatch(/Request has expired.*<Expires>\d{4}-.*Z<\/Expires><ServerTime>/);
  });

  it("does not begin in the future", async () => {
    const time = Date.now() + 16 * 60_000;
    const answer = await send({ port, path: presign("/presigned/shared", { time }) });
    expect(outcome(answer)).toEqual([403, "RequestTimeTooSkewed"]);
  });

  it("uploads with the headers that it was made for, and with no other value of them", async () => {
    const headers = { "content-type": "text/x-made-for", "x-amz-meta-colour": "grey" };
    const path = presign("/presigned/put", { method: "PUT", headers });
    const other = { ...headers, "x-amz-meta-colour": "red" };
    expect(outcome(await send({ port, method: "PUT", path, headers: other, body: "x" }))).toEqual([
      403,
      "SignatureDoesNotMatch",
    ]);
    expect(outcome(await send({ port, method: "PUT", path, body: "x" }))).toEqual([403, "SignatureDoesNotMatch"]);
    expect((await send({ port, method: "PUT", path, headers, body: "x" })).status).toBe(200);
  });

  it("carries headers as parameters", async () => {
    const query = { "x-amz-meta-colour": "grey", "x-amz-checksum-crc32": "AAAAAA==" };
    const path = presign("/presigned/hoisted", { method: "PUT", query });
    // That is the checksum of no bytes.
    expect(outcome(await send({ port, method: "PUT", path, body: "x" }))).toEqual([400, "BadDigest"]);
    expect((await send({ port, method: "PUT", path, body: "" })).status).toBe(200);
    const got = await s3Client(local.server).send(new GetObjectCommand({ Bucket: "presigned", Key: "hoisted" }));
    expect(got.Metadata).toEqual({ colour: "grey" });
  });

  it("carries metadata in any script, and none that no header could carry back", async () => {
    const put = (query: Readonly<Record<string, string>>) =>
      send({ port, method: "PUT", path: presign("/presigned/script", { method: "PUT", query }), body: "x" });
    expect((await put({ "x-amz-meta-city": "日本" })).status).toBe(200);
    const { headers } = await send({ port, path: presign("/presigned/script", {}) });
    expect(Buffer.from(String(headers["x-amz-meta-city"]), "latin1").toString()).toBe("日本");
    expect(outcome(await put({ "x-amz-meta-city": "a\r\nb: c" }))).toEqual([400, "InvalidArgument"]);
    expect(outcome(await put({ "x-amz-meta-a b": "c" }))).toEqual([400, "InvalidArgument"]);
  });

  it("with a parameter more is refused", async () => {
    const path = `${presign("/presigned/shared", {})}&x-amz-meta-added=1`;
    expect(outcome(await send({ port, path }))).toEqual([403, "SignatureDoesNotMatch"]);
  });

  it("is refused from another site's page and under another Host", async () => {
    const path = presign("/presigned/shared", {});
    expect((await send({ port, path, headers: { origin: "https://example.com" } })).status).toBe(403);
    expect((await send({ port, path, headers: { host: "rebound.example.com" } })).status).toBe(403);
  });
});
