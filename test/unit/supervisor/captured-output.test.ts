import fc from "fast-check";
import { expect, it } from "vitest";
import { CapturedOutput } from "../../../src/supervisor/run/captured-output.ts";

it("keeps all of an output that fits, and beginning and end of one that does not", () => {
  const chunks = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 40 });
  fc.assert(
    fc.property(chunks, (parts) => {
      const all = Buffer.concat(parts);
      const output = new CapturedOutput({ head: 64, tail: 32 });
      for (const part of parts) output.push(Buffer.from(part));
      const kept = output.contents();
      expect(output.total).toBe(all.length);
      if (all.length <= 96) {
        expect(kept.equals(all)).toBe(true);
        return;
      }
      expect(kept.subarray(0, 64).equals(all.subarray(0, 64))).toBe(true);
      expect(kept.subarray(-32).equals(all.subarray(-32))).toBe(true);
      expect(kept.subarray(64, -32).toString()).toContain(`${all.length - 96} bytes of output left out`);
    }),
  );
});

it("gives the last lines, whole", () => {
  const output = new CapturedOutput({ head: 10, tail: 100 });
  for (let i = 0; i < 50; i++) output.push(Buffer.from(`line ${i}\n`));
  expect(output.end(20)).toBe("line 48\nline 49");
});

it("stays below Lambda's answer limit with its defaults", () => {
  const output = new CapturedOutput();
  const chunk = Buffer.alloc(1024 * 1024, "x");
  for (let i = 0; i < 20; i++) output.push(chunk);
  expect(output.contents().toString("base64").length).toBeLessThan(6 * 1024 * 1024);
});

it("keeps beginning and end to the byte, in whatever pieces they came", () => {
  const all = Buffer.from(Array.from({ length: 100_000 }, (_, i) => String(i).padStart(9)).join("\n"));
  for (const size of [1, 999, 65_536, 300_000]) {
    const output = new CapturedOutput({ head: 100_000, tail: 150_000 });
    for (let at = 0; at < all.length; at += size) output.push(all.subarray(at, at + size));
    const kept = output.contents();
    expect(kept.subarray(0, 100_000).equals(all.subarray(0, 100_000))).toBe(true);
    expect(kept.subarray(-150_000).equals(all.subarray(-150_000))).toBe(true);
    expect(kept.subarray(100_000, -150_000).toString()).toContain(` ${all.length - 250_000} bytes of output left out`);
    expect(output.end(25)).toBe("    99998\n    99999");
  }
});

it("takes little memory for output that comes byte by byte", () => {
  const output = new CapturedOutput();
  const byte = Buffer.from(".");
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 2_000_000; i++) output.push(byte);
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 * 1024 * 1024);
  expect(output.contents()).toHaveLength(2_000_000);
});
