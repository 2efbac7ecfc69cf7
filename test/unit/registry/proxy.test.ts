import { type AddressInfo, createServer, type Socket } from "node:net";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { ScarError } from "../../../src/errors.ts";
import { openRegistryImage } from "../../../src/registry/open.ts";
import { proxyFor } from "../../../src/registry/proxy.ts";
import { retryAfterMs } from "../../../src/registry/rate-limit.ts";
import { type ForwardProxy, startForwardProxy } from "../../helpers/forward-proxy.ts";
import { makeImage, startRegistry } from "../../helpers/registry.ts";

const named = (url: string, env: Record<string, string>) => proxyFor(new URL(url), env)?.name;

describe("the proxy for an address", () => {
  it.each<[string, Record<string, string>, string | undefined]>([
    ["https://h.x/", { HTTPS_PROXY: "http://p:1" }, "p:1"],
    ["https://h.x/", { https_proxy: "p:1", HTTPS_PROXY: "q:2" }, "p:1"],
    ["https://h.x/", { HTTP_PROXY: "p:1" }, undefined],
    ["http://h.x/", { http_proxy: "p" }, "p:80"],
    ["https://h.x/", { ALL_PROXY: "https://p" }, "p:443"],
    ["https://h.x/", { HTTPS_PROXY: " " }, undefined],
    ["https://h.x/", { HTTPS_PROXY: "p:1", NO_PROXY: "h.x" }, undefined],
    ["https://h.x/", { HTTPS_PROXY: "p:1", no_proxy: "a, .x" }, undefined],
    ["https://h.x/", { HTTPS_PROXY: "p:1", NO_PROXY: "*.x" }, undefined],
    ["https://hh.x/", { HTTPS_PROXY: "p:1", NO_PROXY: "h.x" }, "p:1"],
    ["https://h.x/", { HTTPS_PROXY: "p:1", NO_PROXY: "h.x:443" }, undefined],
    ["https://h.x:5000/", { HTTPS_PROXY: "p:1", NO_PROXY: "h.x:443" }, "p:1"],
    ["https://h.x/", { HTTPS_PROXY: "p:1", NO_PROXY: "*" }, undefined],
    ["https://10.1.2.3/", { HTTPS_PROXY: "p:1", NO_PROXY: "10.0.0.0/8" }, undefined],
    ["https://11.1.2.3/", { HTTPS_PROXY: "p:1", NO_PROXY: "10.0.0.0/8" }, "p:1"],
    ["https://[2001:db8::7]/", { HTTPS_PROXY: "p:1", NO_PROXY: "2001:db8::/32" }, undefined],
    ["https://[2001:db8::7]/", { HTTPS_PROXY: "p:1", NO_PROXY: "[2001:db8::7]" }, undefined],
    ["https://[2001:db8::7]/", { HTTPS_PROXY: "p:1", NO_PROXY: "2001:db8::7" }, undefined],
    ["http://127.0.0.1:5000/", { HTTP_PROXY: "p:1" }, undefined],
    ["http://localhost:5000/", { HTTP_PROXY: "p:1" }, undefined],
  ])("%s with %j", (url, env, wanted) => {
    expect(named(url, env)).toBe(wanted);
  });

  it("shows its login to the proxy alone", () => {
    const proxy = proxyFor(new URL("https://h.x/"), { HTTPS_PROXY: "http://me:p%40ss@p:1" });
    expect(proxy).toMatchObject({ name: "p:1", authorization: `Basic ${Buffer.from("me:p@ss").toString("base64")}` });
  });

  it.each(["socks5://me:hidden@p:1", "http://me:hidden@:99999", "http://[me:hidden"])(
    "%s is refused",
    (HTTPS_PROXY) => {
      expect(() => named("https://h.x/", { HTTPS_PROXY })).toThrow(ScarError);
      expect(() => named("https://h.x/", { HTTPS_PROXY })).toThrow(/^(?!.*hidden).*HTTPS_PROXY/);
    },
  );

  it("is found or refused, whatever the variables are", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (HTTPS_PROXY, NO_PROXY) => {
        try {
          named("https://h.x/", { HTTPS_PROXY, NO_PROXY });
        } catch (error) {
          if (!(error instanceof ScarError)) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("a registry behind a proxy", () => {
  const closing: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  async function startProxy(target: string, allow?: boolean): Promise<ForwardProxy> {
    const proxy = await startForwardProxy(target, allow);
    closing.push(() => proxy.close());
    return proxy;
  }

  async function open(proxy: string, insecure: string[] = ["registry.invalid:5000"]) {
    const value = `http://me:hidden@${proxy}`;
    const image = await openRegistryImage("registry.invalid:5000/test/small", {
      architecture: "amd64",
      env: { HTTPS_PROXY: value, HTTP_PROXY: value },
      insecure,
      patience: { pauseMs: 1, connectMs: 10_000 },
    });
    closing.push(() => image.close());
    for await (const _ of await image.layers[0]!.open());
    return image;
  }

  it("is asked for by it, also over plain HTTP", async () => {
    const image = await makeImage();
    const registry = await startRegistry({ images: [image] });
    closing.push(() => registry.close());
    const proxy = await startProxy(registry.host);
    expect((await open(proxy.name)).manifestDigest).toBe(image.manifest.digest);
    const login = `Basic ${Buffer.from("me:hidden").toString("base64")}`;
    expect(proxy.asked[0]).toBe(`CONNECT registry.invalid:5000 ${login}`);
    expect(proxy.asked).toContain(`GET http://registry.invalid:5000/v2/test/small/manifests/latest ${login}`);
    expect(registry.seen.filter(({ headers }) => headers["proxy-authorization"] !== undefined)).toEqual([]);
  });

  it("that refuses is named, without its password", async () => {
    const proxy = await startProxy("127.0.0.1:1", false);
    const error = (await open(proxy.name, []).catch((thrown: unknown) => thrown)) as ScarError;
    expect(error).toBeInstanceOf(ScarError);
    expect(error.message).toContain(`the proxy ${proxy.name} answers 407`);
    expect(error.hint).toContain("HTTPS_PROXY");
    expect(`${error.message}${error.cause}`).not.toContain("hidden");
    const gone = (await open("127.0.0.1:9", []).catch((thrown: unknown) => thrown)) as ScarError;
    expect(gone.message).toContain("the proxy 127.0.0.1:9 cannot be used: it refuses connections");
  });

  it("that never answers keeps nobody waiting who gives up", async () => {
    const held = new Set<Socket>();
    const silent = createServer((socket) => {
      held.add(socket);
      socket
        .on("error", () => {})
        .once("close", () => held.delete(socket))
        .resume();
    });
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    closing.push(() => silent.close());
    const controller = new AbortController();
    const reason = new Error("no longer wanted");
    const start = Date.now();
    setTimeout(() => controller.abort(reason), 100);
    const failure = await openRegistryImage("registry.invalid/test/small", {
      architecture: "amd64",
      env: { HTTPS_PROXY: `127.0.0.1:${(silent.address() as AddressInfo).port}` },
      patience: { connectMs: 6000 },
      signal: controller.signal,
    }).catch((thrown: unknown) => thrown);
    expect(failure).toBe(reason);
    expect(Date.now() - start).toBeLessThan(3000);
    // Nor is the proxy's connection kept.
    await expect.poll(() => held.size).toBe(0);
  });
});

describe("Retry-After", () => {
  it.each<[string | undefined, number | undefined]>([
    [undefined, undefined],
    ["0", 0],
    ["120", 120_000],
    ["Thu, 01 Jan 1970 00:01:00 GMT", 60_000 - 1000],
    ["Wed, 31 Dec 1969 00:00:00 GMT", 0],
    ["soon", undefined],
  ])("%s", (value, wanted) => {
    expect(retryAfterMs(value, 1000)).toBe(wanted);
  });
});
