import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arMembers } from "../../../src/container/debian/ar.ts";
import { filesOfPackage } from "../../../src/container/debian/package.ts";
import { arOf, DATA_TAR_XZ, debOf, LIBRARY_TEXT } from "../../helpers/debian-package.ts";
import { tarOf } from "./image-fixtures.ts";

const LIMIT = 1024 * 1024;
const wanted = ({ name }: { name: string }) => (name.endsWith("/libfakechroot.so") ? "found.so" : undefined);
const files = (bytes: Buffer, limit = LIMIT) => filesOfPackage(bytes, limit, wanted);

describe("the files of a Debian package", () => {
  it("are taken from its xz, links aside", async () => {
    expect(await files(debOf())).toEqual(new Map([["found.so", Buffer.from(LIBRARY_TEXT)]]));
  });

  it("are taken from gzip and from a plain tar too", async () => {
    const tar = await tarOf([{ name: "./usr/lib/fakechroot/libfakechroot.so", content: "plain" }]);
    const expected = new Map([["found.so", Buffer.from("plain")]]);
    expect(await files(debOf({ "data.tar": tar }))).toEqual(expected);
    expect(await files(debOf({ "data.tar.gz": gzipSync(tar) }))).toEqual(expected);
  });

  it.each([
    ["a page", Buffer.from("<html>log in</html>"), "no ar archive"],
    ["an archive of something else", arOf({ "hello.o": "text" }), "no Debian package"],
    ["an empty archive", arOf({}), "no Debian package"],
    ["another format", arOf({ "debian-binary": "3.0\n", "data.tar": "" }), "no Debian package"],
    ["no data", debOf({}), "holds no files"],
    ["an unknown compression", debOf({ "data.tar.lz4": "x" }), "'data.tar.lz4', which is not known"],
    ["xz that is none", debOf({ "data.tar.xz": "x" }), "xz data is damaged"],
    ["no xz at all", debOf({ "data.tar.xz": "" }), "xz data is damaged"],
    ["xz that is cut", debOf({ "data.tar.xz": DATA_TAR_XZ.subarray(0, -30) }), "xz data is damaged"],
    ["a package that is cut", debOf().subarray(0, -20), "'data.tar.xz' is cut short"],
    ["a header that is cut", debOf().subarray(0, 80), "no header at byte 72"],
  ])("are refused of %s", async (_, bytes, message) => {
    await expect(files(bytes)).rejects.toThrow(message);
  });

  it("are refused when they are larger than they may be", async () => {
    await expect(files(debOf(), 5000)).rejects.toThrow("larger than 5000 bytes");
    const zeros = gzipSync(await tarOf([{ name: "zeros", content: Buffer.alloc(2 * LIMIT) }]));
    await expect(files(debOf({ "data.tar.gz": zeros }))).rejects.toThrow();
  });

  it("are never other ones, whichever byte is damaged", async () => {
    const whole = debOf();
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: whole.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        fc.nat({ max: whole.length }),
        async (at, flip, end) => {
          const damaged = Buffer.from(whole);
          damaged[at]! ^= flip;
          for (const bytes of [damaged, damaged.subarray(0, end)]) {
            const found = await files(bytes).catch((error: unknown) => error);
            if (found instanceof Map) expect(found.get("found.so")?.toString()).toBe(LIBRARY_TEXT);
            else expect(found).toBeInstanceOf(Error);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("the members of an ar archive", () => {
  it("are what was put in", () => {
    const name = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,14}$/);
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(name, fc.uint8Array()), { selector: ([n]) => n }), (members) => {
        const content = members.map(([n, data]) => [n, Buffer.from(data)] as const);
        const found = arMembers(arOf(Object.fromEntries(content)));
        expect(new Map(found.map(({ name: n, data }) => [n, Buffer.from(data)]))).toEqual(new Map(content));
      }),
    );
  });

  it("have GNU's names without their slash", () => {
    expect(arMembers(arOf({ "data.tar.xz/": "x" }))).toEqual([{ name: "data.tar.xz", data: Buffer.from("x") }]);
  });
});
