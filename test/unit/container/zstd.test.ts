import { execFileSync } from "node:child_process";
import { Readable } from "node:stream";
import zlib from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decompressed } from "../../../src/container/compression.ts";
import { zstdDecompressed } from "../../../src/container/zstd/decompress.ts";
import { ScarError } from "../../../src/errors.ts";
import { inPieces } from "./image-fixtures.ts";
import { rawZstd, rleZstd, skippable } from "./zstd-frames.ts";

const decoders = "createZstdDecompress" in zlib ? (["node", "fzstd"] as const) : (["fzstd"] as const);

async function decode(data: Buffer, decoder: "node" | "fzstd", size = 65_536): Promise<Buffer> {
  const stored = Readable.from(inPieces(data, size));
  const output: Buffer[] = [];
  for await (const chunk of await zstdDecompressed(stored, { decoder })) output.push(chunk as Buffer);
  return Buffer.concat(output);
}

const text = Buffer.from(Array.from({ length: 60_000 }, (_, i) => `line ${i * 7919} of ${i % 97}\n`).join(""));
const hasZstd = (() => {
  try {
    execFileSync("zstd", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();
const zstd = (data: Buffer, ...args: string[]) =>
  execFileSync("zstd", ["-q", "-c", ...args], { input: data, maxBuffer: 1 << 28 });

describe.each(decoders)("zstd by %s", (decoder) => {
  it.each([1, 3, 5, 17, 1000, 1 << 20])("gives all frames and skips what is none: %i bytes a piece", async (size) => {
    const stored = Buffer.concat([
      skippable(9),
      rawZstd(Buffer.from("first,")),
      skippable(0),
      rawZstd(Buffer.alloc(0)),
      rleZstd("x", 300),
      skippable(40),
      rawZstd(Buffer.from(",last")),
      skippable(5),
    ]);
    expect((await decode(stored, decoder, size)).toString()).toBe(`first,${"x".repeat(300)},last`);
  });

  it("any frames, however the stream is cut", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.nat(30)), { maxLength: 8 }),
        fc.integer({ min: 1, max: 60 }),
        async (parts, size) => {
          fc.pre(parts.some((part) => typeof part !== "number"));
          const stored = Buffer.concat(
            parts.map((p) => (typeof p === "number" ? skippable(p) : rawZstd(Buffer.from(p)))),
          );
          const content = Buffer.concat(parts.map((p) => (typeof p === "number" ? Buffer.alloc(0) : Buffer.from(p))));
          expect((await decode(stored, decoder, size)).equals(content)).toBe(true);
        },
      ),
      { numRuns: 150 },
    );
  });

  it.runIf(hasZstd).each([["-1"], ["-3"], ["-19"], ["-3", "--long=27"], ["-1", "--no-check"]])(
    "reads what zstd %s writes",
    async (...args) => {
      const stored = Buffer.concat([zstd(text, ...args), zstd(Buffer.from("end"), ...args)]);
      for (const size of [777, 65_536]) {
        expect((await decode(stored, decoder, size)).equals(Buffer.concat([text, Buffer.from("end")]))).toBe(true);
      }
    },
  );

  it("misses what is cut off, wherever", async () => {
    const whole = Buffer.concat([rawZstd(Buffer.from("first")), rawZstd(Buffer.from("second"))]);
    for (let length = 1; length < whole.length; length++) {
      if (length === rawZstd(Buffer.from("first")).length) continue;
      await expect(decode(whole.subarray(0, length), decoder)).rejects.toMatchObject({ code: "DamagedLayer" });
    }
  });

  it("refuses a window that takes too much memory", async () => {
    // 2^(10+20) bytes.
    const stored = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 20 << 3, 1, 0, 0]);
    await expect(decode(stored, decoder)).rejects.toMatchObject({
      code: "UnsafeImage",
      message: expect.stringContaining("1073741824"),
    });
  });

  it("refuses what needs a dictionary, and what follows that is no frame", async () => {
    const dictionary = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x01, 0, 7, 1, 0, 0]);
    await expect(decode(dictionary, decoder)).rejects.toThrow("dictionary");
    const more = Buffer.concat([rawZstd(Buffer.from("a")), Buffer.from("more")]);
    await expect(decode(more, decoder)).rejects.toMatchObject({ code: "DamagedLayer" });
  });

  it("decodes no more than is read", async () => {
    // A terabyte.
    const block = Buffer.from([2 | ((131_072 << 3) & 0xff), (131_072 >> 5) & 0xff, (131_072 >> 13) & 0xff, 0x61]);
    let given = 0;
    const endless = Readable.from(
      (function* () {
        yield Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 7 << 3]);
        for (; given < 2_000; given++) yield Buffer.concat(Array.from({ length: 4000 }, () => block));
      })(),
    );
    const before = process.memoryUsage().rss;
    const output = await zstdDecompressed(endless, { decoder });
    let read = 0;
    for await (const chunk of output) {
      read += (chunk as Buffer).length;
      if (read > 64 * 1024 * 1024) break;
    }
    expect(given).toBeLessThan(100);
    expect(process.memoryUsage().rss - before).toBeLessThan(300 * 1024 * 1024);
  });

  it("survives any damage", async () => {
    const stored = hasZstd ? zstd(text.subarray(0, 20_000), "-9") : rawZstd(text.subarray(0, 2000));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(stored.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        async (changes) => {
          const changed = Buffer.from(stored);
          for (const [at, value] of changes) changed[at] = value;
          try {
            await decode(changed, decoder);
          } catch (error) {
            const { code } = error as { code?: string };
            expect(error instanceof ScarError || String(code).startsWith("ZSTD_")).toBe(true);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

it("layers compressed with zstd are seen by their first bytes", async () => {
  const chunks: Buffer[] = [];
  for await (const chunk of await decompressed(Readable.from(inPieces(rawZstd(Buffer.from("content")), 1)), "x")) {
    chunks.push(chunk as Buffer);
  }
  expect(Buffer.concat(chunks).toString()).toBe("content");
});
