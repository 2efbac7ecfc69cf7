/** Exchanges with servers of the test's own. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { ScarError } from "../../../../../src/errors.ts";
import { call } from "../../../../../src/providers/aws/endpoint/call.ts";
import { startForwardProxy } from "../../../../helpers/forward-proxy.ts";

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

async function listen(answer: Parameters<typeof createServer>[1]): Promise<URL> {
  server = createServer(answer as never);
  await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/scar/launch?a=1`);
}

const never = new AbortController().signal;
const get = (url: URL, env: Record<string, string> = {}, signal = never) =>
  call({ url, method: "GET", headers: {} }, env, signal);
const errorOf = (promise: Promise<unknown>): Promise<ScarError> =>
  promise.then(
    () => Promise.reject(new Error("it succeeded")),
    (error: ScarError) => error,
  );

describe("a call", () => {
  it("sends the body's bytes with their length, and gets status, headers and bytes", async () => {
    const body = Buffer.from([0, 255, 10]);
    let seen: unknown;
    const url = await listen(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { "content-length": length, "transfer-encoding": coding } = request.headers;
      seen = [request.method, request.url, Buffer.concat(chunks), length, coding];
      response.writeHead(502, { "X-Two": ["1", "2"] }).end(body);
    });
    const answer = await call({ url, method: "POST", headers: { "content-type": "a/b" }, body }, {}, never);
    expect(seen).toEqual(["POST", "/scar/launch?a=1", body, "3", undefined]);
    expect(answer).toMatchObject({ status: 502, headers: { "x-two": "1, 2" }, body });
  });

  it("is sent once: a connection that breaks off says that the function may have run", async () => {
    let calls = 0;
    const url = await listen((request) => {
      calls++;
      request.socket.destroy();
    });
    const error = await errorOf(get(url));
    expect(calls).toBe(1);
    expect(error).toMatchObject({
      code: "EndpointUnreachable",
      exitCode: 1,
      hint: expect.stringContaining("may have run"),
    });
    expect(error.message).toBe(`no answer from the endpoint ${url.host}: the connection broke off`);
  });

  it("whose answer breaks off has none", async () => {
    const url = await listen((_request, response) => {
      response.writeHead(200, { "content-length": "10" }).write("12345", () => response.destroy());
    });
    expect(await errorOf(get(url))).toMatchObject({ code: "EndpointBroke" });
  });

  it("to where nobody listens says so", async () => {
    const url = await listen(() => {});
    server!.close();
    expect((await errorOf(get(url))).message).toBe(`no answer from the endpoint ${url.host}: it refuses connections`);
  });

  it("ends with the user's interruption", async () => {
    const stop = new AbortController();
    const url = await listen(() => stop.abort(new Error("stop")));
    expect((await errorOf(get(url, {}, stop.signal))).message).toBe("stop");
  });

  it("goes through the proxy of the environment", async () => {
    const url = await listen((_request, response) => response.end("here"));
    const proxy = await startForwardProxy(url.host);
    try {
      const far = new URL("http://abc.execute-api.eu-west-1.amazonaws.com/scar/launch");
      expect((await get(far, { http_proxy: `http://${proxy.name}` })).body.toString()).toBe("here");
      expect(proxy.asked).toEqual([`GET ${far.href} -`]);
    } finally {
      proxy.close();
    }
  });
});
