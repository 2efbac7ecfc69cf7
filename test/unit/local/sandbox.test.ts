import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lockedOptions, parseMountInfo } from "../../../src/local/sandbox/mountinfo.ts";
import { exportLines, quote } from "../../../src/local/sandbox/shell.ts";

describe("mountinfo", () => {
  const mounts = parseMountInfo(
    [
      "22 1 254:0 / / rw,relatime - ext4 /dev/vda rw",
      "30 22 0:30 / /home rw,nosuid,nodev,relatime shared:1 - ext4 /dev/vdb rw",
      "31 30 0:31 / /home/with\\040space rw,noexec,noatime - tmpfs none rw",
      "32 22 0:32 / /home ro,nosuid,relatime - ext4 /dev/vdc rw",
      "",
    ].join("\n"),
  );

  it("reads mount points with escaped characters", () => {
    expect(mounts.map(({ path }) => path)).toEqual(["/", "/home", "/home/with space", "/home"]);
  });

  it.each([
    ["/usr", []],
    ["/homeless", []],
    ["/home/user", ["nosuid"]],
    ["/home", ["nosuid"]],
    ["/home/with space/x", ["noexec", "noatime"]],
  ])("finds what a remount of %s must repeat", (path, options) => {
    expect(lockedOptions(path, mounts)).toEqual(options);
  });
});

describe("shell", () => {
  const text = fc.string({ unit: "binary" }).filter((value) => !value.includes("\0"));

  it("quotes any text as one word", () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 5 }), (words) => {
        const script = `for word in ${words.map(quote).join(" ")}; do printf '%s\\0' "$word"; done`;
        const seen = execFileSync("/bin/sh", ["-c", script], { encoding: "utf8" }).split("\0").slice(0, -1);
        expect(seen).toEqual(words.map((word) => Buffer.from(word).toString()));
      }),
      { numRuns: 40 },
    );
  });

  it("refuses a variable's name that the shell would read as something else", () => {
    expect(exportLines({ A_1: "it's" })).toBe("export A_1='it'\\''s'\nSCAR_TOLD=all\n");
    for (const name of ["", "1A", "A B", "A;id", "A\nB", "Ä"])
      expect(() => exportLines({ [name]: "x" })).toThrow(TypeError);
  });
});
