/** The layer's libraries from a server of the same layout as udocker's repository. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { INSTALLED } from "../../../src/container/engines/fakechroot/libraries.ts";
import { DEBIAN } from "../../../src/container/engines/fakechroot/published.ts";
import { fakechrootFiles, keptLibraries, libraryFor } from "../../../src/container/fakechroot-files.ts";
import { ScarError } from "../../../src/errors.ts";

const LIBC = ["/lib/x86_64-linux-gnu/libc.so.6", "/lib/aarch64-linux-gnu/libc.so.6", "/lib64/libc.so.6"].find(
  existsSync,
);
const [ARCH, NAME] = process.arch === "arm64" ? (["arm64", "arm64"] as const) : (["amd64", "x86_64"] as const);

/** An archive as udocker makes it: libraries at its top, links between them, builds that a layer does not need. */
async function archive(library: Buffer): Promise<Buffer> {
  const tar = pack();
  tar.entry({ name: `libfakechroot-Ubuntu-20-${NAME}.so` }, library);
  tar.entry({ name: `libfakechroot-Fedora-30-${NAME}.so` }, library);
  tar.entry({ name: `../../libfakechroot-Ubuntu-18-${NAME}.so` }, library);
  tar.entry({
    name: `libfakechroot-Debian-11-${NAME}.so`,
    type: "symlink",
    linkname: `libfakechroot-Ubuntu-20-${NAME}.so`,
  });
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return gzipSync(Buffer.concat(chunks));
}

describe.skipIf(LIBC === undefined)("the libraries of a layer", () => {
  let server: Server;
  let folder: string;
  let body: Buffer;
  let sum: string;
  let requests: string[];
  let answer: "archive" | "page" | "missing" = "archive";

  beforeAll(async () => {
    body = await archive(readFileSync(LIBC!));
    sum = createHash("sha256").update(body).digest("hex");
    server = createServer((request, response) => {
      requests.push(request.url!);
      if (answer === "missing" || request.url!.endsWith(".deb")) response.writeHead(404).end();
      else response.end(answer === "page" ? "<html>log in</html>" : body);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterAll(() => void server.close());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "scar-files-"));
    requests = [];
    answer = "archive";
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const base = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/raw/tarballs`;
  const files = (env: object = {}, more: object = {}) =>
    fakechrootFiles(ARCH, {
      cacheDir: join(folder, "cache"),
      env: { SCAR_FAKECHROOT_URL: `${base()}#sha256=${sum}`, ...env },
      ...more,
    });

  /** A library of the user's own, so that there is one at least. */
  const own = () => {
    mkdirSync(join(folder, "own"), { recursive: true });
    writeFileSync(join(folder, "own", "libfakechroot-mine.so"), readFileSync(LIBC!));
    return { UDOCKER_LIB: join(folder, "own") };
  };

  it("are fetched once, and those that a layer needs are kept", async () => {
    const { files: first, missing } = await files();
    expect(missing).toEqual([
      {
        gives: "library for glibc from 2.34 on",
        error: expect.objectContaining({
          code: "FakechrootDownload",
          message: expect.stringContaining("_2.20.1%2Bds-15_"),
        }),
      },
    ]);
    const names = first.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([`libfakechroot-Ubuntu-18-${NAME}.so`, `libfakechroot-Ubuntu-20-${NAME}.so`]),
    );
    expect(names).not.toContain(`libfakechroot-Fedora-30-${NAME}.so`);
    expect([...names].sort()).toEqual(names);
    for (const { path } of first) expect(existsSync(path)).toBe(true);
    const unpacked = readFileSync(first.find(({ name }) => name.includes("Ubuntu-18"))!.path);
    expect(unpacked.equals(readFileSync(LIBC!))).toBe(true);
    expect((await files()).files).toEqual(first);
    expect(requests.filter((url) => url.endsWith(".tgz"))).toEqual([`/raw/tarballs/libfakechroot-${NAME}.tgz`]);
    expect(readdirSync(join(folder, "cache"))).toEqual([`fakechroot-${sum}`]);
  });

  it("are fetched once by several at a time", async () => {
    const [one, other] = await Promise.all([files(), files()]);
    expect(one.files).toEqual(other.files);
    expect(readdirSync(join(folder, "cache"))).toEqual([`fakechroot-${sum}`]);
  });

  it("must be the known ones, wherever they come from", async () => {
    const why = async (env?: object) => (await files({ ...own(), ...env })).missing[0]?.error;
    expect(await why({ SCAR_FAKECHROOT_URL: base() })).toMatchObject({
      code: "DigestMismatch",
      message: expect.stringContaining(sum),
    });
    answer = "page";
    expect(await why()).toMatchObject({ code: "DigestMismatch", hint: expect.stringContaining("proxy") });
    expect(existsSync(join(folder, "cache"))).toBe(false);
  });

  it("say what cannot be fetched, and go without it", async () => {
    answer = "missing";
    const { files: found, missing } = await files(own());
    expect(missing.map(({ gives, error }) => [gives, error.message])).toEqual([
      [
        "libraries for glibc up to 2.32 and for musl",
        expect.stringMatching(/\.tgz cannot be fetched: HTTP status 404/),
      ],
      ["library for glibc from 2.34 on", expect.stringMatching(/\.deb cannot be fetched: HTTP status 404/)],
    ]);
    expect(found.map(({ name }) => name)).toContain("libfakechroot-mine.so");
    const nobody = await files({ ...own(), SCAR_FAKECHROOT_URL: "http://127.0.0.1:1/" });
    expect(nobody.missing.map(({ error }) => error.code)).toEqual(["FakechrootDownload", "FakechrootDownload"]);
    const offline = await files({}, { offline: true });
    expect(offline.missing).toEqual([]);
    expect(offline.files.every(({ name }) => name === "libfakechroot.so")).toBe(true);
  });

  it.skipIf(INSTALLED.some((place) => existsSync(join(place, "libfakechroot.so"))))(
    "fail when there is none at all",
    async () => {
      answer = "missing";
      await expect(files()).rejects.toMatchObject({
        code: "FakechrootDownload",
        hint: expect.stringContaining("-rt image"),
      });
    },
  );

  it("are none when the user interrupts, whatever the reason is", async () => {
    const reason = new ScarError("Interrupted", "interrupted");
    await expect(files(own(), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it("are not the installed ones where all others are at hand: every machine makes the same layer", async () => {
    const kept = join(folder, "cache", `fakechroot-${DEBIAN[ARCH].sha256}`);
    mkdirSync(kept, { recursive: true });
    writeFileSync(join(kept, DEBIAN[ARCH].library), readFileSync(LIBC!));
    const { files: found, missing } = await files();
    expect(missing).toEqual([]);
    expect(found.map(({ name }) => name)).toEqual([
      DEBIAN[ARCH].library,
      `libfakechroot-Ubuntu-18-${NAME}.so`,
      `libfakechroot-Ubuntu-20-${NAME}.so`,
    ]);
    expect(requests).toEqual([`/raw/tarballs/libfakechroot-${NAME}.tgz`]);
  });

  it("are found again where they are kept, by the same setting", async () => {
    const cacheDir = join(folder, "cache");
    const env = { SCAR_FAKECHROOT_URL: `${base()}#sha256=${sum}` };
    expect(keptLibraries(ARCH, { cacheDir, env })).toEqual([]);
    await files();
    expect(keptLibraries(ARCH, { cacheDir, env })).toEqual([join(cacheDir, `fakechroot-${sum}`)]);
    expect(keptLibraries(ARCH, { cacheDir, env: {} })).toEqual([]);
    expect(keptLibraries("riscv64", { cacheDir, env })).toEqual([]);
  });

  it.each(["not an address", "http://user:word@127.0.0.1/", "http://127.0.0.1/#sha256=12"])(
    "refuse the setting %s",
    async (url) => {
      const error = await files({ SCAR_FAKECHROOT_URL: url }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "InvalidSetting", message: expect.not.stringContaining("word@") });
    },
  );

  it("are the user's own alone, when one is named", async () => {
    const path = join(folder, "mine.so");
    writeFileSync(path, readFileSync(LIBC!));
    expect(await files({ UDOCKER_FAKECHROOT_SO: path })).toEqual({ files: [{ name: "mine.so", path }], missing: [] });
    expect(requests).toEqual([]);
    await expect(files({ UDOCKER_FAKECHROOT_SO: join(folder, "none.so") })).rejects.toMatchObject({
      code: "FakechrootLibraryNotFound",
    });
  });

  it("hold the one for an image, or none", async () => {
    mkdirSync(join(folder, "lib"));
    const { files: found } = await files({ UDOCKER_LIB: join(folder, "lib") });
    // This machine's C library stands for the builds here: it wraps everything, and needs nothing.
    const glibc = { libc: "glibc", version: "99.0", machine: ARCH } as const;
    expect(libraryFor(glibc, found)?.name).toMatch(/^libfakechroot/);
    expect(libraryFor({ libc: "musl", version: "1.2.3", machine: ARCH }, found)).toBeUndefined();
    expect(libraryFor({ ...glibc, machine: ARCH === "amd64" ? "arm64" : "amd64" }, found)).toBeUndefined();
  });
});
