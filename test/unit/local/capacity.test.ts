import { describe, expect, it } from "vitest";
import { readCapacity } from "../../../src/local/capacity.ts";

describe("SCAR_LOCAL_CONCURRENCY", () => {
  it("is a number of environments, or the default", () => {
    expect(readCapacity(undefined)).toBeUndefined();
    expect(readCapacity("")).toBeUndefined();
    expect(readCapacity("12")).toBe(12);
  });

  it.each(["0", "-1", "2.5", "many", "1e3"])("refuses '%s' and names it", (text) => {
    expect(() => readCapacity(text)).toThrow(
      expect.objectContaining({ code: "InvalidConcurrency", exitCode: 2, message: expect.stringContaining(text) }),
    );
  });
});
