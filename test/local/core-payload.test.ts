import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeAwsChunked } from "../../src/local/http/aws-chunked.ts";
import { type ChecksumName, createChecksum } from "../../src/local/http/checksums.ts";

async function* pieces(wire: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let at = 0;
  for (let i = 0; at < wire.length; i++) {
    const end = at + sizes[i % sizes.length]!;
    yield wire.subarray(at, end);
    at = end;
  }
}

async function decode(wire: Buffer, sizes: readonly number[]) {
  let trailer: ReadonlyMap<string, string> = new Map();
  const chunks: Buffer[] = [];
  const onTrailer = (headers: ReadonlyMap<string, string>) => {
    trailer = headers;
  };
  for await (const chunk of decodeAwsChunked(pieces(wire, sizes), { seedSignature: "", onTrailer })) {
    chunks.push(Buffer.from(chunk));
  }
  return { body: Buffer.concat(chunks), trailer };
}

const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 6 });
const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 5 });

function encode(parts: readonly Uint8Array[]): Buffer {
  const lines = parts.flatMap((part) => [`${part.length.toString(16)}\r\n`, part, "\r\n"]);
  return Buffer.concat(
    [...lines, "0\r\nX-Amz-Checksum-Crc32:AAAAAA==\r\n\r\n"].map((line) => Buffer.from(line as string)),
  );
}

describe("aws-chunked", () => {
  it("gives the body back however the network cuts it", () =>
    fc.assert(
      fc.asyncProperty(chunks, sizes, async (parts, cuts) => {
        const { body, trailer } = await decode(encode(parts), cuts);
        expect(body.equals(Buffer.concat(parts))).toBe(true);
        expect([...trailer]).toEqual([["x-amz-checksum-crc32", "AAAAAA=="]]);
      }),
    ));

  it("cut short before its end is refused", () =>
    fc.assert(
      fc.asyncProperty(chunks, sizes, fc.nat(), async (parts, cuts, cut) => {
        const wire = encode(parts);
        const end = wire.lastIndexOf("0\r\nX-Amz");
        await expect(decode(wire.subarray(0, cut % (end + 1)), cuts)).rejects.toMatchObject({ code: "IncompleteBody" });
      }),
    ));

  it.each([
    "zz\r\n",
    "5\r\nhello",
    "5\r\nhelloXX0\r\n\r\n",
    "-1\r\n",
    "5;chunk-signature=short\r\nhello\r\n0\r\n\r\n",
    "f".repeat(9000),
  ])("%j is refused", (wire) =>
    expect(decode(Buffer.from(wire), [7])).rejects.toMatchObject({ code: "IncompleteBody" }),
  );
});

describe("checksums", () => {
  // The check values of the CRC catalogue for "123456789", and FIPS 180's for SHA.
  it.each<[ChecksumName, string]>([
    ["crc32", "cbf43926"],
    ["crc32c", "e3069283"],
    ["crc64nvme", "ae8b14860a799888"],
    ["sha1", "f7c3bc1d808e04732adf679965ccc34ca7ae3441"],
    ["sha256", "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"],
  ])("%s", (name, hex) => {
    const checksum = createChecksum(name);
    checksum.update(Buffer.from("1234"));
    checksum.update(Buffer.from("56789"));
    expect(Buffer.from(checksum.digest(), "base64").toString("hex")).toBe(hex);
  });

  /** CRC by its definition, a bit at a time. */
  function bitwise(bytes: Uint8Array, polynomial: bigint, width: bigint): string {
    const ones = (1n << width) - 1n;
    let crc = ones;
    for (const byte of bytes) {
      crc ^= BigInt(byte);
      for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ polynomial : crc >> 1n;
    }
    return (crc ^ ones).toString(16).padStart(Number(width / 4n), "0");
  }

  it.each<[ChecksumName, bigint, bigint]>([
    ["crc32", 0xedb88320n, 32n],
    ["crc32c", 0x82f63b78n, 32n],
    ["crc64nvme", 0x9a6c9329ac4bc9b5n, 64n],
  ])("%s of any bytes, however they are cut", (name, polynomial, width) =>
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 5 }), (cut) => {
        const checksum = createChecksum(name);
        for (const chunk of cut) checksum.update(chunk);
        const hex = Buffer.from(checksum.digest(), "base64").toString("hex");
        expect(hex).toBe(bitwise(Buffer.concat(cut), polynomial, width));
      }),
    ),
  );
});
