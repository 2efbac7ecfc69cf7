import { existsSync, lstatSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MountPoints } from "../../../src/container/engines/mount-points.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "scar-mount-points-"));
  for (const name of ["root", "upper"]) mkdirSync(join(folder, name));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("the standard places of a root", () => {
  it("leaves a link of the image that leads into /proc as it is", () => {
    mkdirSync(join(folder, "root/dev"));
    mkdirSync(join(folder, "root/proc"));
    symlinkSync("../proc/self/fd/0", join(folder, "root/dev/stdin"));
    new MountPoints(join(folder, "root"), join(folder, "upper")).makeStandard();
    expect(readlinkSync(join(folder, "root/dev/stdin"))).toBe("../proc/self/fd/0");
    expect(existsSync(join(folder, "upper/proc/self"))).toBe(false);
  });

  it("makes what an image lacks in the upper folder, never in the root", () => {
    new MountPoints(join(folder, "root"), join(folder, "upper")).makeStandard();
    expect(lstatSync(join(folder, "upper/dev/stdin")).isSymbolicLink()).toBe(true);
    expect(lstatSync(join(folder, "upper/dev/null")).isFile()).toBe(true);
    expect(existsSync(join(folder, "root/dev"))).toBe(false);
  });
});
