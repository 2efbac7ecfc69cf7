import { execFileSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { unpackImage } from "../../../src/container/unpack/unpack-image.ts";
import { type FixtureEntry, imageOf, inPieces, tarOf } from "./image-fixtures.ts";

let folder: string;
let root: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "scar-unpack-"));
  root = join(folder, "root");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function unpack(...layers: ReadonlyArray<readonly FixtureEntry[]>) {
  return unpackImage(imageOf(await Promise.all(layers.map(tarOf))), root);
}

const file = (name: string, content = name): FixtureEntry => ({ name, content });
const dir = (name: string, mode = 0o755): FixtureEntry => ({ name, type: "directory", mode });
const link = (name: string, linkname: string): FixtureEntry => ({ name, type: "symlink", linkname });
const hardLink = (name: string, linkname: string): FixtureEntry => ({ name, type: "link", linkname });
const read = (name: string) => readFileSync(join(root, name), "utf8");
const mode = (name: string) => lstatSync(join(root, name)).mode & 0o7777;

describe("unpackImage", () => {
  it("makes files, folders and links with modes and times", async () => {
    const result = await unpack([
      dir("bin/", 0o711),
      { ...file("bin/tool", "x"), mode: 0o751 },
      { ...file("etc/secret"), mode: 0o600 },
      link("sh", "bin/tool"),
      hardLink("tool2", "bin/tool"),
      file("big", "y".repeat(3_000_000)),
      file("empty", ""),
    ]);
    expect(result.entries).toBe(7);
    expect(result.bytes).toBeGreaterThan(3_000_000);
    expect([mode("bin"), mode("bin/tool"), mode("etc/secret")]).toEqual([0o711, 0o751, 0o600]);
    expect(readlinkSync(join(root, "sh"))).toBe("bin/tool");
    expect(statSync(join(root, "tool2")).ino).toBe(statSync(join(root, "bin/tool")).ino);
    expect(read("big")).toBe("y".repeat(3_000_000));
    expect(read("empty")).toBe("");
    for (const name of ["bin", "bin/tool", "sh"]) expect(lstatSync(join(root, name)).mtimeMs).toBe(1_600_000_000_000);
  });

  it("gives modes whatever the umask", async () => {
    const old = process.umask(0o077);
    try {
      await unpack([dir("d/", 0o775), { ...file("d/f"), mode: 0o664 }]);
    } finally {
      process.umask(old);
    }
    expect([mode("d"), mode("d/f")]).toEqual([0o775, 0o664]);
  });

  it("keeps everything readable and deletable for its owner, and drops setuid", async () => {
    await unpack([dir("locked/", 0o001), { ...file("locked/f"), mode: 0o001 }, { ...file("su"), mode: 0o6755 }]);
    expect([mode("locked"), mode("locked/f"), mode("su")]).toEqual([0o701, 0o601, 0o755]);
  });

  it.runIf(process.geteuid?.() === 0)("keeps owners and modes to the bit when asked", async () => {
    const layer = await tarOf([
      { ...dir("d/", 0o500), uid: 5, gid: 6 },
      { ...file("d/su"), mode: 0o4711, uid: 7, gid: 8 },
      { ...link("l", "d"), uid: 9, gid: 10 },
    ]);
    await unpackImage(imageOf([layer]), root, { keepOwners: true });
    const owner = (name: string) => [lstatSync(join(root, name)).uid, lstatSync(join(root, name)).gid];
    expect([owner("d"), owner("d/su"), owner("l")]).toEqual([
      [5, 6],
      [7, 8],
      [9, 10],
    ]);
    expect([mode("d"), mode("d/su")]).toEqual([0o500, 0o4711]);
  });

  it.each(["gnu", "pax", "ustar", "v7"])("reads GNU tar's %s format as tar does", async (format) => {
    const source = join(folder, "source");
    const long = format === "v7" ? "short" : `${"long-folder-name/".repeat(7)}${"f".repeat(90)}`;
    mkdirSync(join(source, long), { recursive: true });
    writeFileSync(join(source, long, "ünï"), "content");
    utimesSync(join(source, long, "ünï"), 1_500_000_000, 1_500_000_000);
    symlinkSync(format === "gnu" || format === "pax" ? "target/".repeat(30) : "target", join(source, "link"));
    const layer = execFileSync("tar", ["--format", format, "-C", source, "-c", "."]);
    await unpackImage(imageOf([layer]), root);
    expect(execFileSync("diff", ["-r", "--no-dereference", source, root]).toString()).toBe("");
    expect(statSync(join(root, long, "ünï")).mtimeMs).toBe(1_500_000_000_000);
  });

  it.each([1, 7, 511, 512, 513, 100_000])("does not mind how the stream is cut: %i bytes a piece", async (size) => {
    const layer = await tarOf([file(`${"n/".repeat(80)}deep`, "d".repeat(1500)), file("b", "c")]);
    await unpackImage(
      imageOf([layer], () => Readable.from(inPieces(layer, size))),
      root,
    );
    expect(read(`${"n/".repeat(80)}deep`)).toBe("d".repeat(1500));
    expect(read("b")).toBe("c");
  });

  it("reads gzip-compressed layers", async () => {
    await unpackImage(
      imageOf([await tarOf([file("a")])], (layer) => Readable.from([gzipSync(layer)])),
      root,
    );
    expect(read("a")).toBe("a");
  });
});

describe("layers over layers", () => {
  it("replace whatever stands in their way", async () => {
    await unpack(
      [dir("a/"), file("a/x"), file("b"), link("c", "b"), link("d", "nowhere"), file("e", "old"), hardLink("e2", "e")],
      [file("a", "file now"), dir("b/"), file("b/y"), file("c", "no link"), dir("d/"), file("e", "new")],
    );
    expect(read("a")).toBe("file now");
    expect(read("b/y")).toBe("b/y");
    expect(read("c")).toBe("no link");
    expect(lstatSync(join(root, "d")).isDirectory()).toBe(true);
    expect([read("e"), read("e2")]).toEqual(["new", "old"]);
  });

  it("keep a folder's content when they only name the folder", async () => {
    await unpack([dir("a/"), file("a/x")], [dir("a/", 0o700)]);
    expect(read("a/x")).toBe("a/x");
    expect(mode("a")).toBe(0o700);
  });

  it("reach through links inside the image", async () => {
    await unpack([dir("usr/lib/"), link("lib", "usr/lib"), link("abs", "/usr/lib")], [file("lib/x"), file("abs/y")]);
    expect(readdirSync(join(root, "usr/lib")).sort()).toEqual(["x", "y"]);
  });

  it("remove what their whiteouts name", async () => {
    await unpack(
      [file("a/x"), file("a/y"), dir("b/c/"), file("b/c/z"), file("keep")],
      [file("a/.wh.x", ""), file(".wh.b", ""), file(".wh.never", ""), file("none/.wh.there", "")],
    );
    expect(readdirSync(root).sort()).toEqual(["a", "keep"]);
    expect(readdirSync(join(root, "a"))).toEqual(["y"]);
  });

  it("remove nothing below what is a file", async () => {
    const whiteouts = ["a/.wh.b", "a/b/.wh.c", "a/.wh..wh..opq", "a/b/.wh..wh..opq", "l/.wh.b"];
    await unpack(
      [file("a"), link("l", "a")],
      whiteouts.map((name) => file(name, "")),
    );
    expect(readdirSync(root).sort()).toEqual(["a", "l"]);
    expect(read("a")).toBe("a");
  });

  it.each(["first", "last"])(
    "hide a folder's lower content, not their own, when the opaque mark comes %s",
    async (place) => {
      const own = [file("a/new"), file("a/sub/new")];
      const mark = file("a/.wh..wh..opq", "");
      await unpack(
        [file("a/old"), file("a/sub/old"), file("a/other/old")],
        place === "first" ? [mark, ...own] : [...own, mark],
      );
      expect(readdirSync(join(root, "a")).sort()).toEqual(["new", "sub"]);
      expect(readdirSync(join(root, "a/sub"))).toEqual(["new"]);
    },
  );

  it("do not remove their own file by their whiteout for the one below", async () => {
    await unpack(
      [file("a", "old"), dir("d/"), file("d/old")],
      [file("a", "new"), file("d/new"), file(".wh.a", ""), file(".wh.d", "")],
    );
    expect(read("a")).toBe("new");
    expect(readdirSync(join(root, "d"))).toEqual(["new"]);
  });

  it("leave out aufs's own files", async () => {
    await unpack([dir(".wh..wh.plnk/"), file(".wh..wh.aufs", ""), file("a")]);
    expect(readdirSync(root)).toEqual(["a"]);
  });

  it("set the times of folders last", async () => {
    await unpack([dir("a/"), file("a/x")], [file("a/y")]);
    expect(lstatSync(join(root, "a")).mtimeMs).toBe(1_600_000_000_000);
  });
});

describe("symbolic links", () => {
  it.each([
    ["etc/link", "/etc/alternatives/x", "../etc/alternatives/x"],
    ["link", "/usr/bin/x", "usr/bin/x"],
    ["a/b/root", "/", "../.."],
    ["root", "/", "."],
    ["a/kept", "../b/./c", "../b/./c"],
    ["a/up", "../../../etc/passwd", "../etc/passwd"],
    ["up", "../../..", "."],
    ["a/abs-up", "/../../etc/passwd", "../etc/passwd"],
  ])("%s -> %s becomes %s", async (name, target, kept) => {
    await unpack([link(name, target)]);
    expect(readlinkSync(join(root, name))).toBe(kept);
  });

  it("are measured from the folder where they really stand", async () => {
    await unpack([
      dir("a/b/c/"),
      link("short", "a/b/c"),
      link("short/l", "/etc/passwd"),
      link("short/u", "../../../../x"),
    ]);
    expect(readlinkSync(join(root, "a/b/c/l"))).toBe("../../../etc/passwd");
    expect(readlinkSync(join(root, "a/b/c/u"))).toBe("../../../x");
  });
});

describe("hostile layers", () => {
  let outside: string;
  beforeEach(() => {
    outside = join(folder, "outside");
    mkdirSync(outside);
    writeFileSync(join(outside, "file"), "mine");
    mkdirSync(root);
  });
  const untouched = () => {
    expect(readdirSync(folder).sort()).toEqual(["outside", "root"]);
    expect(readdirSync(outside)).toEqual(["file"]);
    expect(readFileSync(join(outside, "file"), "utf8")).toBe("mine");
  };

  it.each([
    ["a name with ..", () => [file("../outside/file", "bad")]],
    ["a name with .. further on", () => [file("a/../../outside/new")]],
    ["a hard link to outside", () => [hardLink("got", "../outside/file")]],
    ["a hard link to an absolute name", () => [hardLink("got", join(outside, "file"))]],
    ["a hard link through a link", () => [link("a", outside), hardLink("got", "a/file")]],
    ["a hard link through a file", () => [file("a"), hardLink("got", "a/file")]],
    ["a hard link far below a file", () => [file("a"), hardLink("got", "a/b/c/file")]],
    ["a hard link to a folder", () => [dir("a/"), hardLink("got", "a")]],
    ["a whiteout of the parent", () => [file(".wh...", "")]],
    ["a whiteout with .. in its folder", () => [file("../outside/.wh.file", "")]],
  ])("are refused: %s", async (_, entries) => {
    await expect(unpack([file("first")], entries())).rejects.toMatchObject({
      code: "UnsafeImage",
      message: expect.stringContaining("test:1, layer 2 of 2"),
    });
    untouched();
  });

  it("are confined: absolute names", async () => {
    await unpack([file(join(outside, "file"), "bad")]);
    expect(read(join(outside, "file"))).toBe("bad");
    untouched();
  });

  it.each([
    ["absolute", () => outside],
    ["relative", () => "../outside"],
    ["through the root's own parent", () => "/../outside"],
  ])("are confined: a parent that is an %s link to outside", async (_, target) => {
    await unpack(
      [link("a", target()), file("a/file", "bad"), file("a/new"), dir("a/"), file("a/newer")],
      [
        link("b", target()),
        link("b/c", ".."),
        file("b/c/outside/file", "bad"),
        file("b/.wh.file", ""),
        file("b/.wh..wh..opq", ""),
      ],
    );
    untouched();
  });

  it("are confined: a link replaced behind the reader's back", async () => {
    await unpack([dir("a/"), file("a/one"), link("a", outside), file("a/file", "bad")]);
    untouched();
  });

  it("are confined: writing through a link of the same name", async () => {
    await unpack([link("f", join(outside, "file")), file("f", "bad"), hardLink("h", "f"), file("h", "worse")]);
    expect(read("f")).toBe("bad");
    untouched();
  });

  it("end at a loop of links", async () => {
    await expect(unpack([link("a", "b"), link("b", "a"), file("a/x")])).rejects.toMatchObject({ code: "SymlinkLoop" });
  });

  it.each(["character-device", "block-device", "fifo"] as const)("get no %s", async (type) => {
    await unpack([{ name: "dev/node", type, devmajor: 1, devminor: 3, mode: 0o666 }, file("after")]);
    expect(existsSync(join(root, "dev/node"))).toBe(false);
    expect(read("after")).toBe("after");
  });
});

describe("damaged layers", () => {
  const damaged = async (layer: Buffer, stored: (layer: Buffer) => Buffer) =>
    unpackImage(
      imageOf([layer], (whole) => Readable.from([stored(whole)])),
      root,
    ).then(
      () => undefined,
      (error: unknown) => error as { code: string; message: string },
    );

  it("cut short", async () => {
    const layer = await tarOf([file("usr/share/thing", "x".repeat(2000))]);
    const error = await damaged(layer, (whole) => whole.subarray(0, 1000));
    expect(error).toMatchObject({ code: "DamagedLayer", message: expect.stringContaining("usr/share/thing") });
    expect(error?.message).toContain("layer 1 of 1");
  });

  it("cut between two entries", async () => {
    const layer = await tarOf([file("a"), file("b")]);
    expect(await damaged(layer, (whole) => whole.subarray(0, 1024))).toMatchObject({ code: "DigestMismatch" });
  });

  it("gzip cut short", async () => {
    const layer = await tarOf([file("a", "x".repeat(2000))]);
    expect(await damaged(layer, (whole) => gzipSync(whole).subarray(0, -12))).toMatchObject({ code: "DamagedLayer" });
  });

  it("changed", async () => {
    const layer = await tarOf([file("a", "aaaa")]);
    const change = (whole: Buffer) => Buffer.from(whole.toString("latin1").replace("aaaa", "aaab"), "latin1");
    expect(await damaged(layer, change)).toMatchObject({ code: "DigestMismatch" });
  });

  it("no tar at all", async () => {
    expect(await damaged(Buffer.alloc(2048, "text"), (whole) => whole)).toMatchObject({ code: "DamagedLayer" });
  });

  it("compressed in a way that is not served, by name", async () => {
    const xz = Buffer.concat([Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]), Buffer.alloc(100)]);
    expect(await damaged(xz, (whole) => whole)).toMatchObject({
      code: "NotSupportedYet",
      message: expect.stringContaining("xz"),
    });
  });
});
