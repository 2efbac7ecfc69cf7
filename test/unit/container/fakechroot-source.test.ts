/** One source of libraries, from a server on loopback that gives a small Debian package, or something else. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { fetchSource } from "../../../src/container/engines/fakechroot/fetch-source.ts";
import { folderOf, type LibrarySource, librarySources } from "../../../src/container/engines/fakechroot/sources.ts";
import { arOf, debOf, LIBRARY_TEXT } from "../../helpers/debian-package.ts";
import { startForwardProxy } from "../../helpers/forward-proxy.ts";

const NAME = "libfakechroot-Debian-12-2.20.1-x86_64.so";
const whole = debOf();
let server: Server;
let folder: string;
let cacheDir: string;
let requests: string[];
let body: Buffer;
let answer: "whole" | "cut" | "never";

beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push(request.url!);
    if (answer === "never") return;
    const [, left] = /^\/moved\/(\d+)\//.exec(request.url!) ?? [];
    if (left !== undefined) {
      const location = left === "0" ? request.url!.replace("/moved/0", "/mirror") : `../${Number(left) - 1}/x.deb`;
      return void response.writeHead(302, { location }).end("elsewhere");
    }
    response.writeHead(200, { "content-length": body.length });
    if (answer === "whole") response.end(body);
    else response.write(body.subarray(0, 100), () => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "scar-source-"));
  cacheDir = join(folder, "cache");
  [requests, body, answer] = [[], whole, "whole"];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Debian's package of a mirror, with the sum of what the server has. */
function source(): LibrarySource {
  const mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mirror`;
  const sha256 = createHash("sha256").update(body).digest("hex");
  return { ...librarySources("amd64", mirror)[1]!, sha256 };
}

describe("a source of libraries", () => {
  it("is fetched once, and kept by its sum", async () => {
    const kept = await fetchSource(source(), { cacheDir, env: {} });
    expect(kept).toBe(folderOf(source(), cacheDir));
    expect(readdirSync(kept)).toEqual([NAME]);
    expect(readFileSync(join(kept, NAME), "utf8")).toBe(LIBRARY_TEXT);
    answer = "cut";
    expect(await fetchSource(source(), { cacheDir, env: {} })).toBe(kept);
    expect(requests).toEqual(["/mirror/libfakechroot_2.20.1%2Bds-15_amd64.deb"]);
  });

  it("is fetched where the server says it is now, five times at most", async () => {
    const from = (path: string) => ({ ...source(), url: new URL(path, source().url) });
    await fetchSource(from("/moved/4/x.deb"), { cacheDir, env: {} });
    expect(requests).toEqual(["/moved/4/x.deb", ...[3, 2, 1, 0].map((n) => `/moved/${n}/x.deb`), "/mirror/x.deb"]);
    rmSync(cacheDir, { recursive: true });
    await expect(fetchSource(from("/moved/5/x.deb"), { cacheDir, env: {} })).rejects.toMatchObject({
      code: "FakechrootDownload",
      message: expect.stringContaining("more than 5 redirects"),
    });
  });

  it("is fetched through the proxy that the environment names", async () => {
    const proxy = await startForwardProxy(source().url.host);
    const far = { ...source(), url: new URL("http://mirror.example/mirror/x.deb") };
    await fetchSource(far, { cacheDir, env: { HTTP_PROXY: `http://me:word@${proxy.name}` } });
    expect(proxy.asked).toEqual([`GET http://mirror.example/mirror/x.deb Basic ${btoa("me:word")}`]);
    await expect(
      fetchSource({ ...far, sha256: "0".repeat(64) }, { cacheDir, env: { HTTP_PROXY: "socks5://somewhere" } }),
    ).rejects.toMatchObject({ code: "InvalidProxy" });
    proxy.close();
  });

  it("is one folder for several at a time", async () => {
    const folders = await Promise.all(Array.from({ length: 6 }, () => fetchSource(source(), { cacheDir, env: {} })));
    expect(new Set(folders).size).toBe(1);
    expect(readdirSync(cacheDir)).toEqual([`fakechroot-${source().sha256}`]);
    expect(readdirSync(folders[0]!)).toEqual([NAME]);
  });

  it.each([
    ["cut short on its way", whole, "FakechrootDownload", "cannot be fetched"],
    ["larger than it can be", Buffer.alloc(2_000_000), "FakechrootDownload", "more than 1048576"],
    ["no package", arOf({ a: "b" }), "FakechrootArchive", "it is no Debian package"],
    ["without a library", debOf({ "data.tar": "" }), "FakechrootArchive", "none of the libraries"],
    ["damaged inside", debOf({ "data.tar.xz": "x" }), "FakechrootArchive", "damaged or cut short"],
  ])("leaves nothing behind when it is %s", async (what, bytes, code, message) => {
    body = bytes;
    answer = what.startsWith("cut") ? "cut" : "whole";
    const error = fetchSource(source(), { cacheDir, env: {} });
    await expect(error).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
    expect(existsSync(cacheDir)).toBe(false);
  });

  it("is refused when its sum is not the known one, before it is looked into", async () => {
    const other = { ...source(), sha256: "0".repeat(64), unpack: () => Promise.reject(new Error("looked into")) };
    await expect(fetchSource(other, { cacheDir, env: {} })).rejects.toMatchObject({
      code: "DigestMismatch",
      message: expect.stringMatching(/_amd64\.deb is not the known file: its SHA-256 is [0-9a-f]{64}, not 0{64}/),
    });
    expect(existsSync(cacheDir)).toBe(false);
  });

  it("says that it cannot be kept, and where", async () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(cacheDir, "a file");
    await expect(fetchSource(source(), { cacheDir, env: {} })).rejects.toMatchObject({
      code: "FakechrootArchive",
      hint: expect.stringContaining(cacheDir),
    });
  });

  it("is given up with the signal's reason", async () => {
    answer = "never";
    const interrupted = new AbortController();
    const fetched = fetchSource(source(), { cacheDir, env: {}, signal: interrupted.signal });
    const reason = new Error("Ctrl-C");
    setTimeout(() => interrupted.abort(reason), 100);
    await expect(fetched).rejects.toBe(reason);
  });
});

describe("the sources of a processor", () => {
  it.each([
    ["amd64", "libfakechroot-x86_64.tgz", "b916e2f806ad95278bd75e56549efd7bd9599937"],
    ["arm64", "libfakechroot-arm64.tgz", "9a75d014cb8dbcf174abb97b0cd70ec03f48077f"],
  ])("%s are udocker's archive and Debian's package", (architecture, archive, sha1) => {
    const sources = librarySources(architecture, undefined);
    const urls = sources.map(({ url }) => url.href);
    expect(urls[0]).toMatch(new RegExp(`^https://github\\.com/LIP-Computing/udocker_tools/.*/${archive}$`));
    expect(urls[1]).toBe(`https://snapshot.debian.org/file/${sha1}`);
    expect(new Set(sources.map(({ sha256 }) => sha256)).size).toBe(2);
  });

  it("are a mirror's alone, of which the address may tell the sum of the archive", () => {
    const sum = "a".repeat(64);
    for (const mirror of ["https://mirror.test/scar", "https://mirror.test/scar/"]) {
      const sources = librarySources("arm64", `${mirror}#sha256=${sum}`);
      expect(sources.map(({ url }) => url.href)).toEqual([
        "https://mirror.test/scar/libfakechroot-arm64.tgz",
        "https://mirror.test/scar/libfakechroot_2.20.1%2Bds-15_arm64.deb",
      ]);
      expect(sources.map(({ sha256 }) => sha256 === sum)).toEqual([true, false]);
    }
  });

  it("are none where Lambda has no such processor", () => {
    expect(librarySources("riscv64", undefined)).toEqual([]);
  });
});
