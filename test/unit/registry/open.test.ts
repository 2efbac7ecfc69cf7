import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { ScarError } from "../../../src/errors.ts";
import type { Image, LayerSource } from "../../../src/registry/image.ts";
import { openRegistryImage, type RegistryOptions } from "../../../src/registry/open.ts";
import {
  digestOf,
  MEDIA,
  makeImage,
  makeIndex,
  type RegistryImage,
  type RegistrySettings,
  startRegistry,
  type TestRegistry,
  tarOf,
} from "../../helpers/registry.ts";

const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

/** Milliseconds, so that a test of six attempts takes no minute. */
const patience = { pauseMs: 1, longestPauseMs: 2, connectMs: 10_000, answerMs: 10_000, stallMs: 10_000 };
const impatience = { ...patience, answerMs: 300, stallMs: 200 };

async function registryOf(images: readonly RegistryImage[], settings: RegistrySettings = {}): Promise<TestRegistry> {
  const registry = await startRegistry({ images, ...settings });
  opened.push(() => registry.close());
  return registry;
}

async function open(reference: string, options: Partial<RegistryOptions> = {}): Promise<Image> {
  const image = await openRegistryImage(reference, { architecture: "amd64", env: {}, patience, ...options });
  opened.push(() => image.close());
  return image;
}

async function failure(reference: string, options: Partial<RegistryOptions> = {}): Promise<ScarError> {
  const error = await open(reference, options).then(
    () => new Error("it was opened"),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ScarError);
  return error as ScarError;
}

async function bytes(layer: LayerSource): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of await layer.open()) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Content that does not compress: so that a connection has something to break in. */
function noise(length: number): Buffer {
  const data = Buffer.alloc(length);
  for (let i = 0, x = 1; i < length; i++) {
    x = (x * 1_103_515_245 + 12_345) & 0x7fffffff;
    data[i] = x >> 16;
  }
  return data;
}

describe("an image in a registry", () => {
  it.each(["docker", "oci"] as const)("is read with its configuration and layers (%s)", async (family) => {
    const tar = await tarOf([{ name: "etc/motd", content: "hello" }]);
    const image = await makeImage({ family, layers: [tar, [{ name: "b" }]], architecture: "amd64" });
    const { host } = await registryOf([image]);
    const read = await open(`${host}/test/small`);
    expect(read).toMatchObject({
      tag: `${host}/test/small:latest`,
      manifestDigest: image.manifest.digest,
      config: { architecture: "amd64", os: "linux", workingDir: "/work", user: "me", cmd: ["-c", ":"] },
    });
    expect(digestOf(read.configJson)).toBe(read.id);
    expect(read.layers.map((layer) => layer.blobDigest)).toEqual(image.layers);
    expect(read.layers[0]).toMatchObject({ digest: digestOf(tar), mediaType: MEDIA[family].gzip });
    expect(gunzipSync(await bytes(read.layers[0]!))).toEqual(tar);
    expect(read.layers[0]!.size).toBe((await bytes(read.layers[0]!)).length);
  });

  it("is found by its digest, whatever the tag", async () => {
    const image = await makeImage();
    const { host } = await registryOf([image]);
    const read = await open(`${host}/test/small:gone@${image.manifest.digest}`);
    expect(read.manifestDigest).toBe(image.manifest.digest);
  });

  it("may have no layers", async () => {
    const { host } = await registryOf([await makeImage({ layers: [] })]);
    expect((await open(`${host}/test/small`)).layers).toEqual([]);
  });

  it("tells what it was asked for when it is not there", async () => {
    const { host } = await registryOf([await makeImage({ tags: ["1.0", "2.0"] })]);
    const noTag = await failure(`${host}/test/small:3.0`);
    expect(noTag).toMatchObject({ code: "ImageTagNotFound" });
    expect(noTag.message).toContain("'3.0'");
    expect(noTag.hint).toContain("1.0, 2.0");
    const noImage = await failure(`${host}/test/smal`);
    expect(noImage).toMatchObject({ code: "ImageNotFound" });
    expect(noImage.message).toContain("test/smal");
    expect(await failure(`${host}/test/small@${digestOf("x")}`)).toMatchObject({ code: "ImageTagNotFound" });
  });
});

describe("an index", () => {
  const platform = (architecture: string, more: Record<string, string> = {}) => ({
    os: "linux",
    architecture,
    ...more,
  });
  const single = (architecture: string, family: "docker" | "oci" = "oci") =>
    makeImage({ family, architecture, layers: [[{ name: `for-${architecture}` }]] });

  it.each(["docker", "oci"] as const)("gives the image for the architecture (%s)", async (family) => {
    const images = await Promise.all(["amd64", "arm64"].map((name) => single(name, family)));
    const index = await makeIndex({
      family,
      attestation: true,
      images: images.map((image, i) => ({ image, platform: platform(["amd64", "arm64"][i]!) })),
    });
    const { host } = await registryOf([index]);
    for (const [i, architecture] of (["amd64", "arm64"] as const).entries()) {
      const read = await open(`${host}/test/small`, { architecture });
      expect(read.manifestDigest).toBe(images[i]!.manifest.digest);
      expect(read.config.architecture).toBe(architecture);
    }
  });

  it("prefers what runs on every processor", async () => {
    const [v3, plain, windows] = await Promise.all([
      makeImage({ layers: [[{ name: "v3" }]] }),
      makeImage({ layers: [[{ name: "plain" }]] }),
      makeImage({ layers: [[{ name: "windows" }]] }),
    ]);
    const { host } = await registryOf([
      await makeIndex({
        images: [
          { image: windows, platform: { os: "windows", architecture: "amd64" } },
          { image: v3, platform: platform("amd64", { variant: "v3" }) },
          { image: plain, platform: platform("amd64") },
        ],
      }),
    ]);
    expect((await open(`${host}/test/small`)).manifestDigest).toBe(plain.manifest.digest);
  });

  it("without the architecture says what there is", async () => {
    const [arm, windows] = await Promise.all([single("arm64"), single("amd64")]);
    const { host } = await registryOf([
      await makeIndex({
        attestation: true,
        images: [
          { image: arm, platform: platform("arm64", { variant: "v8" }) },
          { image: windows, platform: { os: "windows", architecture: "amd64" } },
        ],
      }),
    ]);
    const error = await failure(`${host}/test/small`);
    expect(error.code).toBe("NoImageForArchitecture");
    expect(error.message).toContain("linux/amd64 (it has: linux/arm64/v8, windows/amd64)");
  });

  it("may name indexes, but not for ever", async () => {
    const image = await single("amd64");
    let index = await makeIndex({ images: [{ image, platform: platform("amd64") }] });
    const wrap = async () => {
      index = await makeIndex({ images: [{ image: index, platform: platform("amd64") }] });
      const { host } = await registryOf([index]);
      return `${host}/test/small`;
    };
    expect((await open(await wrap())).manifestDigest).toBe(image.manifest.digest);
    await wrap();
    expect(await failure(await wrap())).toMatchObject({ code: "InvalidImage" });
  });
});

describe("what is no image", () => {
  it.each<[string, (manifest: Record<string, unknown>) => Record<string, unknown>, string, RegExp]>([
    ["schema 1", () => ({ schemaVersion: 1, fsLayers: [] }), "UnsupportedImage", /schema 1/],
    ["index and image at once", (m) => ({ ...m, manifests: [] }), "InvalidImage", /at once/],
    ["media type of the other", (m) => ({ ...m, mediaType: MEDIA.oci.index }), "InvalidImage", /media type/],
    ["no layers", ({ config }) => ({ schemaVersion: 2, config }), "UnsupportedImage", /no container image/],
    ["fewer layers", (m) => ({ ...m, layers: [] }), "InvalidImage", /0 layers, the configuration 1/],
    ["negative size", (m) => ({ ...m, config: { ...(m["config"] as object), size: -1 } }), "InvalidImage", /size/],
    ["path as digest", (m) => ({ ...m, config: { digest: "../../x", size: 1 } }), "InvalidImage", /digest/],
    [
      "encrypted",
      (m) => ({ ...m, layers: (m["layers"] as object[]).map((l) => ({ ...l, mediaType: "a/b+encrypted" })) }),
      "UnsupportedImage",
      /encrypted/,
    ],
    [
      "artifact",
      (m) => ({ ...m, config: { ...(m["config"] as object), mediaType: "application/vnd.cncf.helm.config.v1+json" } }),
      "UnsupportedImage",
      /helm/,
    ],
  ])("is refused: %s", async (_name, change, code, message) => {
    const { host } = await registryOf([await makeImage({ manifest: change })]);
    const error = await failure(`${host}/test/small`);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.message).toContain("test/small");
  });

  it("shows little of what the registry wrote, and nothing that a terminal obeys", async () => {
    // C0 and C1 controls, and what turns text around.
    const long = `\u001b]0;title\u0007\u009b2J\u202e\r\n${"x".repeat(100_000)}`;
    const image = await makeImage();
    const index = await makeIndex({ images: [{ image, platform: { os: long, architecture: long, variant: long } }] });
    const typed = (m: Record<string, unknown>) => ({ ...m, config: { ...(m["config"] as object), mediaType: long } });
    const shown = `]0;title2J${"x".repeat(50)}…`;
    const platforms = await failure(`${(await registryOf([index])).host}/test/small`);
    expect(platforms.message).toContain(`(it has: ${shown}/${shown}/${shown})`);
    const type = await failure(`${(await registryOf([await makeImage({ manifest: typed })])).host}/test/small`);
    expect(type.message).toContain(`it holds ${shown}`);
    const registry = await registryOf([image]);
    const fault = registry.fault({
      path: /manifests/,
      headers: { "docker-content-digest": `sha256:\u009b2J${"x".repeat(9000)}` },
    });
    const digest = await failure(`${registry.host}/test/small`);
    expect(digest).toMatchObject({ code: "DigestMismatch" });
    registry.heal(fault);
    const codes = Array.from({ length: 1000 }, () => ({ code: "UNSUPPORTED" }));
    registry.fault({ path: /manifests/, status: 400, body: JSON.stringify({ errors: codes }) });
    const refused = await failure(`${registry.host}/test/small`);
    expect(refused.message).toContain("answers 400 (UNSUPPORTED, ");
    for (const { message, hint } of [platforms, type, digest, refused]) {
      expect(`${message}${hint}`).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(`${message}${hint}`.length).toBeLessThan(500);
    }
  });

  it("a manifest or configuration that was changed on its way", async () => {
    const image = await makeImage();
    const registry = await registryOf([image]);
    const corrupt = (content: Buffer) => Buffer.from(content.toString().replace("amd64", "arm64").replace("{", "{ "));
    for (const path of [/manifests/, /blobs/]) {
      const fault = registry.fault({ path, corrupt });
      expect(await failure(`${registry.host}/test/small`)).toMatchObject({ code: "DigestMismatch" });
      registry.heal(fault);
    }
    // By digest it counts what was asked for, not what the registry says.
    registry.fault({ path: /manifests/, corrupt, headers: { "docker-content-digest": "sha512:abc" } });
    const error = await failure(`${registry.host}/test/small@${image.manifest.digest}`);
    expect(error).toMatchObject({ code: "DigestMismatch" });
  });

  it("a manifest without an end", async () => {
    const registry = await registryOf([await makeImage()]);
    registry.fault({ path: /manifests/, corrupt: () => Buffer.alloc(4 * 1024 * 1024 + 1, " ") });
    const error = await failure(`${registry.host}/test/small`);
    expect(error.message).toMatch(/larger than/);
  });
});

describe("a layer", () => {
  const big = noise(1_500_000);
  const bigImage = () => makeImage({ layers: [big], compression: "none" });
  const layerPath = new RegExp(digestOf(big));

  async function layerOf(registry: TestRegistry, options: Partial<RegistryOptions> = {}): Promise<LayerSource> {
    return (await open(`${registry.host}/test/small`, options)).layers[0]!;
  }

  it("is taken up where the connection broke, again and again", async () => {
    const registry = await registryOf([await bigImage()]);
    const layer = await layerOf(registry);
    registry.fault({ path: layerPath, times: 9, cutAfter: 140_000 });
    expect((await bytes(layer)).equals(big)).toBe(true);
    const ranges = registry.seen.filter(({ path }) => layerPath.test(path)).map(({ headers }) => headers.range);
    expect(ranges[0]).toBeUndefined();
    expect(ranges.slice(1).every((range) => /^bytes=\d+-$/.test(range ?? ""))).toBe(true);
    expect(ranges.length).toBe(10);
  });

  it("is read from the start by a server that knows no Range", async () => {
    const registry = await registryOf([await bigImage()]);
    const layer = await layerOf(registry);
    registry.fault({ path: layerPath, times: 1, cutAfter: 700_000 });
    registry.fault({ path: layerPath, ignoreRange: true });
    expect((await bytes(layer)).equals(big)).toBe(true);
  });

  it("goes on after a stall", async () => {
    const registry = await registryOf([await bigImage()]);
    const said: string[] = [];
    const layer = await layerOf(registry, { notice: (text) => said.push(text), patience: impatience });
    registry.fault({ path: layerPath, times: 1, stallAfter: 300_000 });
    registry.fault({ path: layerPath, times: 1, stallAfter: 0 });
    expect((await bytes(layer)).equals(big)).toBe(true);
    expect(said.join("\n")).toMatch(/nothing came for 0.2 s.*trying again/);
    expect(said.join("\n")).toMatch(/did not answer within 0.3 s.*trying again/);
  });

  it("waits for a slow reader without taking that for a stall", async () => {
    const registry = await registryOf([await makeImage({ layers: [noise(8_000_000)], compression: "none" })]);
    const layer = await layerOf(registry, { patience: { ...patience, stallMs: 1000 } });
    let length = 0;
    for await (const chunk of await layer.open()) {
      if (length === 0) await new Promise((resolve) => setTimeout(resolve, 2000));
      length += (chunk as Buffer).length;
    }
    expect(length).toBe(8_000_000);
    expect(registry.seen.filter(({ headers }) => headers.range !== undefined)).toEqual([]);
  });

  it("is given up when nothing more comes, with the cause", async () => {
    const registry = await registryOf([await bigImage()]);
    const layer = await layerOf(registry);
    registry.fault({ path: layerPath, times: 1, cutAfter: 500_000 });
    registry.fault({ path: layerPath, cutAfter: 0 });
    const error = await bytes(layer).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ScarError);
    expect(error).toMatchObject({ code: "RegistryUnreachable" });
    expect((error as ScarError).message).toContain("the connection broke off");
    expect(registry.seen.filter(({ path }) => layerPath.test(path)).length).toBeLessThanOrEqual(7);
  });

  it.each<[string, (content: Buffer) => Buffer, RegExp]>([
    ["changed", (content) => Buffer.concat([content.subarray(1), Buffer.from("x")]), /its digest is/],
    ["longer", (content) => Buffer.concat([content, Buffer.from("x")]), /more than its 1500000 bytes/],
  ])("that is %s is refused", async (_name, corrupt, message) => {
    const registry = await registryOf([await bigImage()]);
    const layer = await layerOf(registry);
    registry.fault({ path: layerPath, corrupt });
    const error = (await bytes(layer).catch((thrown: unknown) => thrown)) as ScarError;
    expect(error).toMatchObject({ code: "DigestMismatch" });
    expect(error.message).toMatch(message);
    expect(error.message).toContain("layer 1 of 1");
  });

  it("that is shorter than said is refused", async () => {
    const registry = await registryOf([await bigImage()]);
    const layer = await layerOf(registry);
    registry.fault({ path: layerPath, corrupt: (content) => content.subarray(0, 1000) });
    await expect(bytes(layer)).rejects.toBeInstanceOf(ScarError);
  });

  it("that is not there is told, a foreign one too", async () => {
    const image = await makeImage({
      manifest: (m) => ({
        ...m,
        layers: [{ ...(m["layers"] as object[])[0], digest: digestOf("gone"), mediaType: "a/b.foreign.tar" }],
      }),
    });
    const registry = await registryOf([image]);
    const error = (await bytes(await layerOf(registry)).catch((thrown: unknown) => thrown)) as ScarError;
    expect(error.message).toMatch(/layer 1 of 1.*foreign/);
  });

  it("ends with the signal's reason, and when the image is closed", async () => {
    const registry = await registryOf([await bigImage()]);
    registry.fault({ path: layerPath, stallAfter: 100_000 });
    const controller = new AbortController();
    const reason = new Error("no longer wanted");
    const slow = { signal: controller.signal, patience: { ...patience, stallMs: 60_000 } };
    const reading = bytes(await layerOf(registry, slow)).catch((thrown: unknown) => thrown);
    setTimeout(() => controller.abort(reason), 50);
    expect(await reading).toBe(reason);
    const image = await open(`${registry.host}/test/small`, { patience: slow.patience });
    const other = bytes(image.layers[0]!).catch((thrown: unknown) => thrown);
    setTimeout(() => void image.close(), 50);
    expect(await other).toBeInstanceOf(Error);
  });

  it("may be opened long before it is read", async () => {
    const registry = await registryOf([await bigImage()]);
    const layer = await layerOf(registry);
    registry.fault({ path: layerPath, times: 1, cutAfter: 30_000 });
    const stream = await layer.open();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).equals(big)).toBe(true);
  });

  it("that nobody reads any more lets its connection go", async () => {
    const registry = await registryOf([await makeImage({ layers: [noise(30_000_000)], compression: "none" })]);
    const stream = await (await layerOf(registry)).open();
    for await (const _ of stream) break;
    expect((stream as unknown as { destroyed: boolean }).destroyed).toBe(true);
  });
});

describe("a registry with trouble", () => {
  it.each([500, 502, 503, 429])("is asked again after %i", async (status) => {
    const registry = await registryOf([await makeImage()]);
    registry.fault({ status, times: 3 });
    const said: string[] = [];
    const image = await open(`${registry.host}/test/small`, { notice: (text) => said.push(text) });
    registry.fault({ status, times: 2 });
    expect(await bytes(image.layers[0]!)).not.toHaveLength(0);
    expect(said).toHaveLength(5);
    expect(said[0]).toContain(String(status));
    expect(said[0]).toMatch(/trying again in .* \(attempt 2 of 6\)/);
  });

  it("that stays in trouble is told", async () => {
    const registry = await registryOf([await makeImage()]);
    registry.fault({ status: 503, body: "<html>secret page</html>" });
    const error = await failure(`${registry.host}/test/small`);
    expect(error).toMatchObject({ code: "RegistryFailed" });
    expect(error.message).toBe(`${registry.host}/test/small:latest: ${registry.host} answers 503`);
    expect(registry.seen).toHaveLength(6);
  });

  it("that asks to wait is given the time", async () => {
    const registry = await registryOf([await makeImage()]);
    registry.fault({ status: 429, times: 1, headers: { "retry-after": "1" } });
    const start = Date.now();
    await open(`${registry.host}/test/small`);
    expect(Date.now() - start).toBeGreaterThanOrEqual(990);
  });

  it("that asks to wait for long is not waited for", async () => {
    const registry = await registryOf([await makeImage()]);
    registry.fault({ status: 429, headers: { "retry-after": "3600" } });
    const error = await failure(`${registry.host}/test/small`);
    expect(error.code).toBe("RegistryRateLimit");
    expect(error.message).toContain("asks to wait 60 minutes");
    expect(registry.seen).toHaveLength(1);
  });

  it("that counts pulls as Docker Hub does is explained", async () => {
    const registry = await registryOf([await makeImage()]);
    registry.fault({
      status: 429,
      headers: {
        "ratelimit-limit": "100;w=21600",
        "ratelimit-remaining": "0;w=21600",
        "docker-ratelimit-source": "192.0.2.7",
      },
      body: '{"errors":[{"code":"TOOMANYREQUESTS","message":"You have reached your pull rate limit."}]}',
    });
    const error = await failure(`${registry.host}/test/small`);
    expect(error.message).toContain("it allows 100 pulls in 6 hours from the address 192.0.2.7, which are used up");
    expect(error.hint).toContain("docker login");
    expect(registry.seen).toHaveLength(1);
  });

  it("that nobody runs is told at once", async () => {
    const registry = await startRegistry();
    await registry.close();
    const error = await failure(`${registry.host}/test/small`);
    expect(error).toMatchObject({ code: "RegistryUnreachable" });
    expect(error.message).toContain("refuses connections");
  });

  it("that does not exist is told", async () => {
    const error = await failure("registry.invalid/test/small");
    expect(error.message).toContain("registry.invalid/test/small:latest: registry.invalid cannot be used");
    expect(error.hint).toContain("VPC");
  });

  it("that has let go of a kept connection is not waited for", async () => {
    const registry = await registryOf([await makeImage()]);
    registry.fault({ path: /blobs/, cutAfter: 0, times: 1 });
    const said: string[] = [];
    const image = await open(`${registry.host}/test/small`, { notice: (text) => said.push(text) });
    registry.fault({ path: /blobs/, cutAfter: 0, times: 1 });
    await bytes(image.layers[0]!);
    expect(said).toEqual([]);
  });

  it("that wants to speak something else is told", async () => {
    const registry = await registryOf([await makeImage()]);
    registry.fault({ status: 101, headers: { connection: "upgrade", upgrade: "other" } });
    const error = await failure(`${registry.host}/test/small`, { patience: { ...patience, attempts: 2 } });
    expect(error).toMatchObject({ code: "RegistryUnreachable" });
  });

  it("that sends a byte now and then is given up", async () => {
    const registry = await registryOf([await makeImage()]);
    registry.fault({ path: /manifests/, drip: 50 });
    const error = await failure(`${registry.host}/test/small`, {
      patience: { ...patience, answerMs: 300, attempts: 2 },
    });
    expect(error).toMatchObject({ code: "RegistryUnreachable" });
  });

  it("that never answers is given up", async () => {
    const registry = await registryOf([await makeImage()]);
    registry.fault({ stallAfter: 0 });
    const error = await failure(`${registry.host}/test/small`, {
      patience: { ...patience, answerMs: 100, attempts: 2 },
    });
    expect(error.message).toContain("did not answer within 0.1 s");
  });
});

describe("redirects", () => {
  it("lead to another host without our login", async () => {
    const image = await makeImage();
    const storage = await registryOf([image]);
    const registry = await registryOf([image], { access: { kind: "basic", users: { me: "secret" } } });
    registry.fault({ path: /blobs/, redirectTo: `http://${storage.host}` });
    const read = await open(`${registry.host}/test/small`, { credential: { username: "me", password: "secret" } });
    await bytes(read.layers[0]!);
    expect(storage.seen).toHaveLength(2);
    expect(storage.seen.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
  });

  it("are asked for anew when the storage refuses", async () => {
    const image = await makeImage();
    const storage = await registryOf([image]);
    const registry = await registryOf([image]);
    registry.fault({ path: /blobs/, redirectTo: `http://${storage.host}` });
    storage.fault({ status: 403, times: 1 });
    await bytes((await open(`${registry.host}/test/small`)).layers[0]!);
    storage.fault({ status: 403 });
    const error = await failure(`${registry.host}/test/small`);
    expect(error.message).toContain(`${storage.host}, a server of ${registry.host}, answers 403`);
  });

  it("are followed without reading to the end what comes with them", async () => {
    const registry = await registryOf([await makeImage()]);
    const endless = new Set<ServerResponse>();
    let redirects = 0;
    const server = createServer((request, response) => {
      redirects++;
      endless.add(response);
      response.once("close", () => endless.delete(response));
      response.writeHead(307, { location: `http://${registry.host}${request.url}` });
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(64 * 1024)));
      };
      response.on("drain", more);
      more();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    opened.push(async () => void server.close());
    await open(`127.0.0.1:${(server.address() as AddressInfo).port}/test/small`);
    expect(redirects).toBe(2);
    await expect.poll(() => endless.size).toBe(0);
  });

  it("in a circle end", async () => {
    const registry = await registryOf([await makeImage()]);
    registry.fault({ path: /manifests/, redirectTo: `http://${registry.host}` });
    expect((await failure(`${registry.host}/test/small`)).message).toContain("too many redirects");
  });

  it.each(["ftp://x/y", "http://", "javascript:1"])("to %s are refused", async (location) => {
    const registry = await registryOf([await makeImage()]);
    registry.fault({ path: /manifests/, status: 307, headers: { location } });
    expect(await failure(`${registry.host}/test/small`)).toMatchObject({ code: "RegistryFailed" });
  });
});
