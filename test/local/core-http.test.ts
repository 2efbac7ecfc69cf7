import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { Agent, createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { Readable } from "node:stream";
import { CreateBucketCommand, DeleteBucketCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loopbackHost, originAccepted } from "../../src/local/http/origin.ts";
import { send as sendAnswer } from "../../src/local/http/respond.ts";
import { escapeXml, parseXml, textOf, xmlDocument } from "../../src/local/http/xml.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { s3Client } from "../helpers/local-clients.ts";
import { send, sign } from "../helpers/local-signed.ts";

describe("who may ask", () => {
  it.each(["localhost", "LOCALHOST:80", "bucket.localhost:14566", "a.b.localhost", "127.0.0.1:1", "[::1]:14566"])(
    "Host %s is served",
    (host) => expect(loopbackHost(host)).toBeDefined(),
  );

  it.each([
    undefined,
    "",
    "example.com",
    "localhost.example.com",
    "notlocalhost",
    "127.0.0.1.example.com",
    "127.0.0.2",
    "0.0.0.0",
    "localhost:80@example.com",
    "example.com/.localhost",
  ])("Host %s is not", (host) => expect(loopbackHost(host)).toBeUndefined());

  it.each([
    [undefined, true],
    ["http://localhost:3000", true],
    ["https://app.localhost", true],
    ["http://127.0.0.1:8080", true],
    ["https://example.com", false],
    ["http://localhost.example.com", false],
    ["null", false],
  ])("Origin %s: %s", (origin, accepted) => expect(originAccepted(origin)).toBe(accepted));
});

describe("the server", () => {
  let local: TestLocal;
  let port: number;
  beforeAll(async () => {
    local = await startTestLocal();
    port = local.server.port;
    await s3Client(local.server).send(new CreateBucketCommand({ Bucket: "core" }));
  });
  afterAll(() => local.stop());

  it("refuses foreign Hosts and Origins, signed or not", async () => {
    const foreign = sign({ port, path: "/", headers: { host: "rebound.example.com" } }, local.server);
    expect((await send(foreign)).status).toBe(403);
    const page = sign({ port, path: "/", headers: { origin: "https://example.com" } }, local.server);
    expect((await send(page)).status).toBe(403);
  });

  it("serves bucket names in the Host", async () => {
    const headers = { host: `core.localhost:${port}` };
    expect((await send(sign({ port, method: "PUT", path: "/virtual", headers, body: "x" }, local.server))).status).toBe(
      200,
    );
    expect((await send(sign({ port, path: "/core/virtual" }, local.server))).text).toBe("x");
  });

  it.each(["/core/%zz", "/core/a%"])("answers 400 to the path %s", async (path) => {
    expect((await send(sign({ port, path }, local.server))).status).toBe(400);
  });

  it("answers 400 to a header that it is asked for and cannot send", async () => {
    await send(sign({ port, method: "PUT", path: "/core/header", body: "x" }, local.server));
    const answer = await send(sign({ port, path: "/core/header?response-content-type=a%0D%0Ab:c" }, local.server));
    expect([answer.status, answer.headers]).toEqual([400, expect.not.objectContaining({ b: "c" })]);
  });

  /** What the server writes back on a connection to which these bytes are written, once `until` was seen. */
  function talk(lines: string, until: RegExp, then?: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, "127.0.0.1", () => socket.write(lines));
      let text = "";
      let continued = false;
      socket.setEncoding("utf8");
      socket.on("data", (chunk: string) => {
        text += chunk;
        if (then !== undefined && !continued && text.includes("100 Continue")) {
          continued = true;
          socket.write(then);
        }
        if (until.test(text)) socket.destroy();
      });
      socket.on("close", () => resolve(text));
      socket.on("error", reject);
    });
  }

  function expecting(path: string, secretAccessKey: string): string {
    const { headers } = sign({ port, method: "PUT", path, body: "hello" }, { ...local.server, secretAccessKey });
    const lines = Object.entries({ ...headers, "content-length": "5", expect: "100-continue" });
    return `PUT ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`;
  }

  it("asks for a body with 100 Continue when it wants it", async () => {
    const text = await talk(
      expecting("/core/continued", local.server.secretAccessKey),
      /200 OK[\s\S]*\r\n\r\n/,
      "hello",
    );
    expect(text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/);
    expect((await send(sign({ port, path: "/core/continued" }, local.server))).text).toBe("hello");
  });

  it("never asks for a body that it refuses", async () => {
    const forged = await talk(expecting("/core/refused", "wrong"), /<\/Error>/);
    expect(forged).toMatch(/^HTTP\/1\.1 403 /);
    const homeless = await talk(expecting("/missing/refused", local.server.secretAccessKey), /<\/Error>/);
    expect(homeless).toMatch(/^HTTP\/1\.1 404 /);
  });

  it("a connection is good for more after an upload that was refused half-way", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    try {
      const big = Buffer.alloc(3_000_000, "x");
      const signed = sign({ port, method: "PUT", path: "/missing/big", body: big }, local.server);
      expect((await send({ ...signed, agent })).status).toBe(404);
      // Read to its end, then found wrong; and cut off by the decoder at its first line.
      const swapped = sign({ port, method: "PUT", path: "/core/big", body: big }, local.server);
      expect((await send({ ...swapped, body: Buffer.alloc(3_000_000, "y"), agent })).status).toBe(400);
      const headers = { "x-amz-decoded-content-length": "3000000" };
      const payloadHash = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
      const garbled = sign(
        { port, method: "PUT", path: "/core/big", headers, body: big },
        { ...local.server, payloadHash },
      );
      expect((await send({ ...garbled, agent })).status).toBe(400);
      expect((await send({ ...sign({ port, path: "/core" }, local.server), agent })).status).toBe(200);
    } finally {
      agent.destroy();
    }
  });

  it("an upload into a bucket that is deleted and made again meanwhile goes to neither", async () => {
    const s3 = s3Client(local.server);
    await s3.send(new CreateBucketCommand({ Bucket: "again" }));
    const { headers } = sign({ port, method: "PUT", path: "/again/late", body: "hello" }, local.server);
    const lines = Object.entries({ ...headers, "content-length": "5", connection: "close" }).map(
      ([n, v]) => `${n}: ${v}\r\n`,
    );
    const socket = connect(port, "127.0.0.1");
    let text = "";
    socket.setEncoding("utf8").on("data", (chunk) => {
      text += chunk;
    });
    const closed = new Promise((resolve) => socket.on("close", resolve));
    await new Promise<void>((resolve) =>
      socket.write(`PUT /again/late HTTP/1.1\r\n${lines.join("")}\r\nhel`, () => resolve()),
    );
    // The server reads in order: when this is answered, the upload has begun.
    await send(sign({ port, path: "/again" }, local.server));
    await s3.send(new DeleteBucketCommand({ Bucket: "again" }));
    await s3.send(new CreateBucketCommand({ Bucket: "again" }));
    socket.write("lo");
    await closed;
    expect(text).toMatch(/^HTTP\/1\.1 404 [\s\S]*NoSuchBucket/);
    expect((await send(sign({ port, path: "/again?list-type=2" }, local.server))).text).toContain(
      "<KeyCount>0</KeyCount>",
    );
  });

  it("tells its log when an answer breaks off, and not when the client has left", async () => {
    const body = Buffer.alloc(8_000_000, "x");
    for (const path of ["/core/left", "/core/broken"]) {
      await send(sign({ port, method: "PUT", path, body }, local.server));
    }
    const { headers } = sign({ port, path: "/core/left" }, local.server);
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    await talk(`GET /core/left HTTP/1.1\r\n${lines.join("")}\r\n`, /200 OK/);
    const data = join(local.dir, "s3/buckets/core/data");
    for (const file of readdirSync(data)) if (statSync(join(data, file)).size === body.length) rmSync(join(data, file));
    await expect(send(sign({ port, path: "/core/broken" }, local.server))).rejects.toThrow();
    const faults = readFileSync(join(local.dir, "server.log"), "utf8").match(/fault in .*/g);
    expect(faults).toEqual([expect.stringMatching(/^fault in GET \/core\/broken: .*ENOENT/)]);
  });

  it("an upload cut short stores nothing", async () => {
    const { headers } = sign({ port, method: "PUT", path: "/core/cut", body: "hello" }, local.server);
    await new Promise<void>((resolve) => {
      const lines = Object.entries({ ...headers, "content-length": "5" }).map(([n, v]) => `${n}: ${v}\r\n`);
      const socket = connect(port, "127.0.0.1", () => {
        socket.write(`PUT /core/cut HTTP/1.1\r\n${lines.join("")}\r\nhel`, () => socket.destroy());
      });
      socket.on("close", () => resolve());
    });
    expect((await send(sign({ port, path: "/core/cut" }, local.server))).status).toBe(404);
  });
});

it("the stream of an answer that cannot begin is closed", async () => {
  const body = Readable.from(["never sent"]);
  const server = createServer((_, res) => {
    const answer = sendAnswer(res, false, { status: 200, headers: { "no header": "x" }, body }, {});
    void answer.catch(() => res.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  await expect(send({ port: (server.address() as AddressInfo).port, path: "/" })).rejects.toThrow();
  expect(body.destroyed).toBe(true);
  server.close();
});

describe("XML", () => {
  it("holds any text", () => {
    const text = "<a>&\"'\r\n\t ü 🎉";
    expect(textOf(parseXml(xmlDocument("Root", { Text: text }), "Root"), "Text")).toBe(text);
    expect(escapeXml("\r")).toBe("&#xd;");
  });

  it.each(["", "text", "<Root>", "<Other/>", '<!DOCTYPE Root [<!ENTITY x "y">]><Root>&x;</Root>'])(
    "%j is no document",
    (text) => expect(parseXml(text, "Root")).toBeUndefined(),
  );

  it("refers to characters, and to nothing else", () => {
    const parsed = parseXml("<Root><Text>a&#13;&#xD;&#x1F389;</Text></Root>", "Root");
    expect(textOf(parsed, "Text")).toBe("a\r\r🎉");
    // Dropped they would leave the key of another object.
    for (const reference of ["&#0;", "&#1;", "&#x1f;", "&#xD800;", "&#xFFFE;", "&#x110000;", "&#99999999;"]) {
      expect(parseXml(`<Root><Text>a${reference}b</Text></Root>`, "Root")).toBeUndefined();
    }
  });
});
