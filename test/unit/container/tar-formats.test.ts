/** What GNU tar and others write beyond plain ustar, through the whole unpacker. */
import { execFileSync } from "node:child_process";
import {
  closeSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decodePax } from "../../../src/container/tar/pax.ts";
import { SparseData } from "../../../src/container/tar/sparse.ts";
import { unpackImage } from "../../../src/container/unpack/unpack-image.ts";
import { imageOf, inPieces, tarOf } from "./image-fixtures.ts";

let folder: string;
let source: string;
let root: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "scar-formats-"));
  source = join(folder, "source");
  root = join(folder, "root");
  mkdirSync(source);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const gnuTar = (...args: string[]) => execFileSync("tar", ["-C", source, ...args, "."], { maxBuffer: 1 << 28 });
const unpack = (layer: Buffer, size = layer.length) =>
  unpackImage(
    imageOf([layer], () => Readable.from(inPieces(layer, size))),
    root,
  );

/** A file with these stretches of data and holes between. */
function withHoles(name: string, size: number, stretches: ReadonlyArray<readonly [number, string]>): void {
  const fd = openSync(join(source, name), "w");
  for (const [offset, data] of stretches) writeSync(fd, data, offset);
  ftruncateSync(fd, size);
  closeSync(fd);
}

describe("sparse files", () => {
  const KIB = 1024;
  const many = Array.from({ length: 60 }, (_, i) => [i * 200 * KIB, `stretch ${i} `.repeat(400 + 7 * i)] as const);

  it.each([
    ["GNU's old format", ["--format=gnu"]],
    ["PAX 0.0", ["--format=pax", "--sparse-version=0.0"]],
    ["PAX 0.1", ["--format=pax", "--sparse-version=0.1"]],
    ["PAX 1.0", ["--format=pax", "--sparse-version=1.0"]],
  ])("%s", async (_, args) => {
    withHoles("all-hole", 3_000_000, []);
    withHoles("ends-with-hole", 5_000_000, [[1_000_000, "in the middle"]]);
    withHoles("ends-with-data", 1_000_013, [[1_000_000, "the very end."]]);
    withHoles("many", 60 * 200 * KIB, many);
    writeFileSync(join(source, "plain"), "no hole");
    const layer = gnuTar("--sparse", ...args, "-c");
    expect(layer.length).toBeLessThan(1_500_000);
    for (const size of [layer.length, 1000, 511]) {
      rmSync(root, { recursive: true, force: true });
      await unpack(layer, size);
      expect(execFileSync("diff", ["-r", source, root]).toString()).toBe("");
    }
    expect(statSync(join(root, "ends-with-hole")).blocks * 512).toBeLessThan(1_000_000);
  });

  it("of more bytes than octal numbers hold", async () => {
    withHoles("huge", 9 * 1024 ** 3 + 5, [[8 * 1024 ** 3 + 4096, "far"]]);
    await unpack(gnuTar("--sparse", "--format=gnu", "-c"));
    expect(statSync(join(root, "huge")).size).toBe(9 * 1024 ** 3 + 5);
    const fd = openSync(join(root, "huge"), "r");
    const read = Buffer.alloc(3);
    readSync(fd, read, 0, 3, 8 * 1024 ** 3 + 4096);
    closeSync(fd);
    expect(read.toString()).toBe("far");
  });

  it.each([
    ["data beyond the file", { size: 10, extents: [5, 6] }, 6],
    ["stretches over each other", { size: 10, extents: [0, 5, 4, 2] }, 7],
    ["half a stretch", { size: 10, extents: [0, 5, 6] }, 5],
    ["more data than mapped", { size: 10, extents: [0, 5] }, 6],
    ["less data than mapped", { size: 10, extents: [0, 5] }, 4],
    ["no map", { size: 10, extents: undefined }, 5],
  ])("with %s are refused", (_, sparse, bytes) => {
    const place = () => {
      const data = new SparseData("x", sparse);
      for (const _piece of data.place(Buffer.alloc(bytes, "1"))) {
        // Where it would be written.
      }
      data.end();
    };
    expect(place).toThrow(/sparse/);
  });

  it.each(["GNU.sparse.map", "GNU.sparse.size"])("with a %s that is no number are refused", async (key) => {
    const pax = { "GNU.sparse.size": "10", "GNU.sparse.map": "0,5", [key]: "ten" };
    const layer = await tarOf([{ name: "a", content: "12345", pax }]);
    await expect(unpack(layer)).rejects.toMatchObject({ code: "DamagedLayer" });
  });
});

describe("pax headers", () => {
  it("of an entry come before global ones, which hold until they are taken back", async () => {
    const layer = Buffer.concat([
      await paxHeader("g", { mtime: "1000000000.25", comment: "all", "SCHILY.xattr.user.x": "dropped" }),
      (await tarOf([{ name: "a" }])).subarray(0, -1024),
      (await tarOf([{ name: "b", pax: { mtime: "1100000000" } }])).subarray(0, -1024),
      await paxHeader("g", { mtime: "" }),
      await tarOf([{ name: "c" }]),
    ]);
    await unpack(layer);
    const time = (name: string) => lstatSync(join(root, name)).mtimeMs / 1000;
    expect([time("a"), time("b"), time("c")]).toEqual([1_000_000_000.25, 1_100_000_000, 1_600_000_000]);
  });

  it("of any record are read back", () => {
    const key = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }).filter((k) => !/[=\0]/.test(k));
    const value = fc.string({ unit: "grapheme", maxLength: 200 });
    fc.assert(
      fc.property(fc.dictionary(key, value, { noNullPrototype: false }), (records) => {
        const data = Buffer.concat(Object.entries(records).map(([k, v]) => record(k, v)));
        expect({ ...decodePax(data) }).toEqual({ ...records });
      }),
    );
  });

  it.each(["1e999", "-5", "0x10", "1.5", "9007199254740993", "99999999999999999999999"])(
    "with a size of %s are refused",
    async (size) => {
      await expect(unpack(await tarOf([{ name: "a", content: "1", pax: { size } }]))).rejects.toMatchObject({
        code: "DamagedLayer",
      });
    },
  );
});

it("numbers in base 256: sizes are refused when no file has them, times before 1970 are kept", async () => {
  const layer = await tarOf([{ name: "a", mtime: new Date(0) }]);
  const withField = (at: number, length: number, bytes: readonly number[]) => {
    const changed = Buffer.from(layer);
    changed.fill(0, at, at + length);
    Buffer.from(bytes).copy(changed, at + length - bytes.length);
    changed[at] = bytes.length === length ? bytes[0]! : 0x80;
    return withChecksum(changed);
  };
  await unpack(withField(136, 12, [...Array(8).fill(0xff), ...[0xff, 0xff, 0xff, 0x9c]]));
  expect(lstatSync(join(root, "a")).mtimeMs).toBe(-100_000);
  for (const size of [Array(12).fill(0xff), [0x80, ...Array(11).fill(0xff)], [0x20, 0, 0, 0, 0, 0, 0, 0]]) {
    rmSync(join(root, "a"), { force: true });
    await expect(unpack(withField(124, 12, size))).rejects.toMatchObject({ code: "DamagedLayer" });
  }
});

it("names that no file system takes are an error, not a hang", async () => {
  const long = "a/".repeat(300_000);
  const layer = Buffer.concat([await paxHeader("x", { path: `${long}b` }), await tarOf([{ name: "c", content: "x" }])]);
  await expect(unpack(layer)).rejects.toMatchObject({
    code: "UnsafeImage",
    message: expect.stringContaining("600001"),
  });
  const base = "b".repeat(300);
  await expect(unpack(await tarOf([{ name: base }]))).rejects.toMatchObject({ code: "UnpackFailed" });
});

/** One record: its length counts itself. */
function record(key: string, value: string): Buffer {
  const rest = Buffer.from(` ${key}=${value}\n`);
  let length = rest.length + 1;
  while (`${length}`.length + rest.length !== length) length = `${length}`.length + rest.length;
  return Buffer.concat([Buffer.from(`${length}`), rest]);
}

/** An extended header of any type, without an entry after it. */
async function paxHeader(type: "x" | "g", records: Readonly<Record<string, string>>): Promise<Buffer> {
  const content = Buffer.concat(Object.entries(records).map(([key, value]) => record(key, value)));
  const header = (await tarOf([{ name: "pax", content }])).subarray(0, -1024);
  header[156] = type.charCodeAt(0);
  return withChecksum(header);
}

function withChecksum(header: Buffer): Buffer {
  header.fill(" ", 148, 156);
  const sum = header.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return header;
}
