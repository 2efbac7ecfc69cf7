/**
 * The engines as whoever runs the tests. A machine that allows no engine fails here, as scar would.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { BwrapEngine } from "../../../src/container/engines/bwrap-engine.ts";
import { findProgram } from "../../../src/container/engines/host-programs.ts";
import { SURROUNDINGS } from "../../../src/container/engines/mounts.ts";
import { selectEngine } from "../../../src/container/engines/select.ts";
import { testEngine } from "./engine-suite.ts";

const isRoot = process.geteuid?.() === 0;
const proot = await findProgram("proot", undefined);
const bwrap = await findProgram("bwrap", undefined);

testEngine("R1", () => selectEngine("R1"));
if (isRoot) testEngine("chroot", () => selectEngine("chroot"));
if (bwrap !== undefined) {
  testEngine("bwrap", async () => new BwrapEngine({ bwrap, overlays: false, surroundings: SURROUNDINGS[0]! }));
}

if (proot !== undefined) testEngine("P1", () => selectEngine("P1"));

describe("selectEngine", () => {
  it("keeps what it found", async () => {
    expect(await selectEngine("auto")).toBe(await selectEngine("auto"));
    expect((await selectEngine("auto")).name).toBe(isRoot ? "chroot" : "R1");
  });

  it("says that F1 depends on the image", async () => {
    await expect(selectEngine("F1")).rejects.toMatchObject({
      code: "NoFakechrootLibrary",
      message: "F1 cannot run this image: there is no image yet",
      hint: expect.stringContaining("-rt image"),
    });
  });

  it("says what it tried, why it failed and what to do", async () => {
    await expect(selectEngine("chroot", { euid: 1000 })).rejects.toMatchObject({
      code: "NoContainerEngine",
      message: expect.stringContaining("chroot: needs root"),
      hint: expect.any(String),
    });
  });

  it("tries the programs that PATH names first", async () => {
    const tools = mkdtempSync(join(tmpdir(), "scar-tools-"));
    try {
      for (const name of ["unshare", "bwrap"]) {
        writeFileSync(join(tools, name), `#!/bin/sh\necho "${name} is refused here" >&2; exit 1\n`, { mode: 0o755 });
      }
      const error = await selectEngine("R1", { env: { PATH: tools } }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "NoContainerEngine" });
      for (const name of ["unshare", "bwrap"]) expect((error as Error).message).toContain(`${name} is refused here`);
    } finally {
      rmSync(tools, { recursive: true });
    }
  });
});
