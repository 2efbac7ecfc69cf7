import fc from "fast-check";
import { expect, it } from "vitest";
import { createChecksum } from "../../../src/local/http/checksums.ts";
import { type CrcName, combineCrcs } from "../../../src/local/s3/checksum/crc-combine.ts";

function crc(name: CrcName, bytes: Uint8Array): string {
  const checksum = createChecksum(name);
  checksum.update(bytes);
  return checksum.digest();
}

it.each(["crc32", "crc32c", "crc64nvme"] as const)("%s of any parts is that of their bytes in one", (name) => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }), (parts) => {
      const known = parts.map((part) => ({ size: part.length, checksum: crc(name, part) }));
      expect(combineCrcs(name, known)).toBe(crc(name, Buffer.concat(parts)));
    }),
  );
});

it("reaches over sizes that no array has", () => {
  // Zeros after zeros: the CRC of 2^33 of them, in one step and in halves.
  const half = { size: 2 ** 32, checksum: "AAAAAA==" };
  const whole = { size: 2 ** 33, checksum: "AAAAAA==" };
  const some = { size: 1, checksum: crc("crc32", Buffer.from("x")) };
  expect(combineCrcs("crc32", [some, half, half])).toBe(combineCrcs("crc32", [some, whole]));
});
