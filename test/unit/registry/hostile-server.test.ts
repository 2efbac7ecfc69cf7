import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ScarError } from "../../../src/errors.ts";
import { openRegistryImage } from "../../../src/registry/open.ts";
import { anyText } from "./any-text.ts";

/** Answers every connection with the same bytes, then hangs up. */
let server: Server;
let answer: Buffer = Buffer.alloc(0);
const sockets = new Set<Socket>();
beforeAll(async () => {
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("data", () => socket.end(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  server.close();
});

const status = fc.constantFrom(101, 200, 204, 206, 301, 307, 401, 403, 404, 416, 429, 500, 999);
const header = fc.oneof(
  fc.tuple(
    fc.constantFrom(
      "Location",
      "WWW-Authenticate",
      "Retry-After",
      "Content-Range",
      "Content-Length",
      "Content-Type",
      "RateLimit-Limit",
    ),
    fc.oneof(
      fc.stringMatching(/^[\x20-\x7e]{0,30}$/),
      fc.constantFrom(
        'Bearer realm="http://127.0.0.1:1/"',
        "Basic",
        "-1",
        "99999999999999999999",
        "//",
        "http://[",
        "bytes 5-/*",
      ),
    ),
  ),
  fc.tuple(fc.constant("Transfer-Encoding"), fc.constantFrom("chunked", "gzip", "x")),
);
const body = fc.oneof(fc.json(), anyText(), fc.constant("5\r\nab"));
const http = fc.tuple(status, fc.array(header, { maxLength: 5 }), body).map(([code, headers, text]) => {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return Buffer.from(`HTTP/1.1 ${code} X\r\n${lines}\r\n${text}`, "latin1");
});

describe("a server that sends anything", () => {
  it("ends in a ScarError, without waiting for ever", async () => {
    const reference = `127.0.0.1:${(server.address() as AddressInfo).port}/a/b`;
    const patience = { attempts: 2, pauseMs: 1, longestWaitMs: 1, connectMs: 1000, answerMs: 500, stallMs: 500 };
    const bytes = fc.uint8Array({ maxLength: 100 }).map((array) => Buffer.from(array));
    await fc.assert(
      fc.asyncProperty(fc.oneof({ weight: 9, arbitrary: http }, { weight: 1, arbitrary: bytes }), async (sent) => {
        answer = sent;
        const error: unknown = await openRegistryImage(reference, { architecture: "amd64", env: {}, patience }).catch(
          (thrown: unknown) => thrown,
        );
        if (!(error instanceof ScarError)) throw error;
        // Nothing that a terminal would obey.
        expect(`${error.message}${error.hint}`).not.toMatch(/[\x00-\x1f\x7f]/);
      }),
      { numRuns: 100 },
    );
  });
});
