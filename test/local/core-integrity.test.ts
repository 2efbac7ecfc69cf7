/** What a client promises about its body is checked before anything is stored. */
import { createHash, randomBytes } from "node:crypto";
import { connect } from "node:net";
import { CreateBucketCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { s3Client } from "../helpers/local-clients.ts";
import { type Answer, send, sign } from "../helpers/local-signed.ts";

let local: TestLocal;
let port: number;
beforeAll(async () => {
  local = await startTestLocal();
  port = local.server.port;
  await s3Client(local.server).send(new CreateBucketCommand({ Bucket: "integrity" }));
});
afterAll(() => local.stop());

const outcome = ({ status, text }: Answer) => [status, /<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? text];
const get = (key: string) => send(sign({ port, path: `/integrity/${key}` }, local.server));
const digest = (name: string, body: string | Buffer) => createHash(name).update(body).digest("base64");

interface Upload {
  readonly key: string;
  readonly body: string | Buffer;
  readonly headers?: Record<string, string>;
  readonly payloadHash?: string;
}

const put = ({ key, body, headers = {}, payloadHash }: Upload) =>
  send(
    sign(
      { port, method: "PUT", path: `/integrity/${key}`, headers, body },
      { ...local.server, ...(payloadHash !== undefined && { payloadHash }) },
    ),
  );

// Read in one step, and as a stream.
describe.each([
  ["small", Buffer.from("hello")],
  ["large", randomBytes(300_000)],
])("a %s body", (size, body) => {
  it.each([
    ["content-md5", "md5"],
    ["x-amz-checksum-sha1", "sha1"],
    ["x-amz-checksum-sha256", "sha256"],
  ])("is stored with the right %s and refused with a wrong one", async (header, name) => {
    const [right, wrong] = [`${size}-${name}`, `${size}-${name}-wrong`];
    expect((await put({ key: right, body, headers: { [header]: digest(name, body) } })).status).toBe(200);
    expect((await get(right)).status).toBe(200);
    const refused = await put({ key: wrong, body, headers: { [header]: digest(name, "other") } });
    expect(outcome(refused)).toEqual([400, "BadDigest"]);
    expect((await get(wrong)).status).toBe(404);
  });

  it("is refused when its hash is another", async () => {
    const refused = await put({ key: `${size}-hash`, body, payloadHash: "0".repeat(64) });
    expect(outcome(refused)).toEqual([400, "XAmzContentSHA256Mismatch"]);
    expect((await get(`${size}-hash`)).status).toBe(404);
  });

  /** `aws-chunked` with an unsigned trailer, cut at an offset from its end. */
  function chunked(key: string, checksum: string, cut = 0) {
    const wire = Buffer.concat([
      Buffer.from(`${body.length.toString(16)}\r\n`),
      body,
      Buffer.from(`\r\n0\r\nx-amz-checksum-sha256:${checksum}\r\n\r\n`),
    ]);
    return put({
      key,
      body: wire.subarray(0, wire.length - cut),
      payloadHash: "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
      headers: {
        "content-encoding": "aws-chunked",
        "x-amz-decoded-content-length": String(body.length),
        "x-amz-trailer": "x-amz-checksum-sha256",
      },
    });
  }

  it("in chunks is stored decoded when its trailer is right", async () => {
    expect((await chunked(`${size}-chunks`, digest("sha256", body))).status).toBe(200);
    const got = await get(`${size}-chunks`);
    expect([got.status, got.headers["content-length"], got.headers["content-encoding"]]).toEqual([
      200,
      String(body.length),
      undefined,
    ]);
  });

  it("in chunks is refused when its trailer is wrong or missing, or a chunk is cut", async () => {
    const key = `${size}-chunks-wrong`;
    expect(outcome(await chunked(key, digest("sha256", "other")))).toEqual([400, "BadDigest"]);
    const trailer = `x-amz-checksum-sha256:${digest("sha256", body)}\r\n\r\n`;
    expect(outcome(await chunked(key, digest("sha256", body), trailer.length))).toEqual([400, "BadDigest"]);
    expect(outcome(await chunked(key, digest("sha256", body), trailer.length + 7))).toEqual([400, "IncompleteBody"]);
    expect((await get(key)).status).toBe(404);
  });

  it("cut off by its client is not stored", async () => {
    const { headers } = sign({ port, method: "PUT", path: `/integrity/${size}-cut`, body }, local.server);
    await new Promise<void>((resolve) => {
      const lines = Object.entries({ ...headers, "content-length": String(body.length) }).map(
        ([n, v]) => `${n}: ${v}\r\n`,
      );
      const socket = connect(port, "127.0.0.1", () => {
        socket.write(`PUT /integrity/${size}-cut HTTP/1.1\r\n${lines.join("")}\r\n`);
        socket.write(body.subarray(0, -1), () => socket.destroy());
      });
      socket.on("close", () => resolve());
    });
    expect((await get(`${size}-cut`)).status).toBe(404);
  });
});

it.each(["nonsense", "", "AAAA"])("Content-MD5 '%s' is none", async (md5) => {
  expect(outcome(await put({ key: "x", body: "x", headers: { "content-md5": md5 } }))).toEqual([400, "InvalidDigest"]);
});

it("x-amz-content-sha256 must be a hash or one of AWS's words", async () => {
  expect(outcome(await put({ key: "x", body: "x", payloadHash: "nonsense" }))).toEqual([400, "InvalidArgument"]);
  expect((await put({ key: "x", body: "x", payloadHash: "UNSIGNED-PAYLOAD" })).status).toBe(200);
});

it("chunks without their decoded length are refused", async () => {
  const payloadHash = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
  expect(outcome(await put({ key: "x", body: "0\r\n\r\n", payloadHash }))).toEqual([411, "MissingContentLength"]);
});
