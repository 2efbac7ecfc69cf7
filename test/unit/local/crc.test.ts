import { crc32 } from "node:zlib";
import fc from "fast-check";
import { expect, it } from "vitest";
import { updateCrc32 } from "../../../src/local/http/crc.ts";

it("CRC-32 by tables, for a Node without it, is Node's", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.uint8Array({ maxLength: 100 }), (first, second) => {
      const state = updateCrc32(updateCrc32(0xffffffff, first), second);
      expect(~state >>> 0).toBe(crc32(Buffer.concat([first, second])));
    }),
  );
});
